import { chmod } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ensureNetwork, removeNetworks } from './container-networks.ts';
import { installCfnCommand } from './adapters/state/cfn-command.ts';
import { CONTAINER_BIN } from './domain/containers/plan.ts';
import { containerUser } from './container-user.ts';
import type { CoreOptions } from './app/core.ts';
import { err, ok, type Result } from './base/result.ts';
import type { ContainerEngine } from './domain/code-place.ts';
import { clause } from './domain/containers/offer.ts';
import { LABELS, whyNoFolders, whyNotThere } from './domain/containers/engine.ts';
import { containers, openEngine } from './open-engine.ts';
import type { Containers, EngineFacts, ListedContainer, Made } from './ports/container-engine.ts';

/** For an engine to say what it has, and to end what is asked. */
const ASK_MS = 20_000;
/** For a node of a Swarm to say whether agents can work on it: others can take them. */
const NODE_MS = 5_000;

/** The engine that answers here; else why there is none, in one sentence. */
export async function engineOf(env: CoreOptions['env']): Promise<Result<EngineFacts, string>> {
  const { findContainerEngine } = await containers.get();
  const found = await findContainerEngine(env);
  return found.ok ? ok(found.value.facts) : err(found.error.message);
}

/** The same as one of the two answers to where agents' code may run. */
export async function codeEngine(env: CoreOptions['env']): Promise<ContainerEngine> {
  const found = await engineOf(env);
  return found.ok ? { kind: 'ready' } : { kind: 'missing', why: clause(found.error) };
}

/** Each run once, however many containers it has. */
const runsOf = (listed: readonly ListedContainer[]): Made['runs'] => [
  ...new Map(
    listed.flatMap(({ labels }) => {
      const runToken = labels[LABELS.run];
      if (runToken === undefined) return [];
      const taskId = labels[LABELS.task] ?? '';
      return [[runToken, { runToken, taskId, epoch: Number(labels[LABELS.epoch] ?? 0) }] as const];
    }),
  ).values(),
];

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

/** Loads the engine's client with the first loop that wants containers. */
export function createContainers(
  { env, programs }: Pick<CoreOptions, 'env' | 'programs'>,
  stateHome: string,
): Containers {
  return {
    async here() {
      const command = await installCfnCommand({
        stateHome,
        cli: join(programs, 'cli.js'),
        // The image's.
        node: 'node',
        platform: process.platform,
        home: homedir(),
      });
      // The container's user may be somebody else, and there is no secret in it.
      for (const path of [command, join(command, 'cfn')]) await chmod(path, 0o755);
      return {
        user: containerUser(),
        mounts: [
          { source: programs, target: programs, readonly: true, owned: false },
          { source: command, target: CONTAINER_BIN, readonly: true, owned: false },
        ],
      };
    },
    async find(image) {
      const { findContainerEngine } = await containers.get();
      const found = await findContainerEngine(env);
      if (!found.ok)
        return err(
          `Agents cannot run in containers: ${found.error.message} Start an engine, or let them run on this machine.`,
        );
      const { engine, facts } = found.value;
      const without = whyNoFolders(process.platform);
      if (without !== null) return err(without);
      const there = await engine.hasImage(image, AbortSignal.timeout(ASK_MS));
      if (!there.ok) return err(there.error.message);
      return there.value
        ? ok(facts)
        : err(
            `The container engine has no image ${image}; build it with \`cfn image build\`, or name another one with --image.`,
          );
    },
    network: ensureNetwork,
    removeNetworks,
    async made(address, owner, withinMs = ASK_MS) {
      const engine = await openEngine(address);
      const signal = AbortSignal.timeout(withinMs);
      const listed = await engine.list({ [LABELS.owner]: owner }, signal);
      if (!listed.ok) return err(listed.error.message);
      const { createContainerNetworks } = await containers.get();
      const networks = await createContainerNetworks(address).list(signal);
      if (!networks.ok) return err(networks.error.message);
      const own = networks.value.filter(({ labels }) => labels[LABELS.owner] === owner);
      return ok({
        runs: runsOf(listed.value),
        tasks: unique(own.flatMap(({ labels }) => labels[LABELS.task] ?? [])),
      });
    },
    async nodes(address) {
      const { listSwarmNodes } = await containers.get();
      const listed = await listSwarmNodes(address, AbortSignal.timeout(ASK_MS));
      return listed.ok ? listed : err(listed.error.message);
    },
    async whyNotOn(address, { image, network }) {
      const engine = await openEngine(address);
      const signal = AbortSignal.timeout(NODE_MS);
      const facts = await engine.facts(signal);
      if (!facts.ok) return facts.error.message;
      const there = await engine.hasImage(image, signal);
      if (!there.ok) return there.error.message;
      return there.value ? whyNotThere(facts.value, network) : `It has no image ${image}.`;
    },
    endRun: async (address, runToken) =>
      (await openEngine(address)).endRun(runToken, AbortSignal.timeout(ASK_MS)),
  };
}
