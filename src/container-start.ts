import { chmod } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { installCfnCommand } from './adapters/state/cfn-command.ts';
import { CONTAINER_BIN } from './domain/containers/plan.ts';
import { containerUser } from './container-user.ts';
import type { CoreOptions } from './app/core.ts';
import { err, ok, type Result } from './base/result.ts';
import type { ContainerEngine } from './domain/code-place.ts';
import { AGENTS_INTERNAL, CFN_NETWORK, isInternal } from './domain/containers/networks.ts';
import { LABELS, whyNoFolders } from './domain/containers/engine.ts';
import { containers, openEngine } from './open-engine.ts';
import type { Containers, EngineFacts } from './ports/container-engine.ts';

/** For an engine to answer at all of its addresses. */
const FIND_MS = 20_000;

/** The engine that answers here; else why there is none, in one sentence. */
export async function engineOf(env: CoreOptions['env']): Promise<Result<EngineFacts, string>> {
  const { findContainerEngine } = await containers.get();
  const found = await findContainerEngine(env, AbortSignal.timeout(FIND_MS));
  return found.ok ? ok(found.value.facts) : err(found.error.message);
}

/** The same as one of the two answers to where agents' code may run. */
export async function codeEngine(env: CoreOptions['env']): Promise<ContainerEngine> {
  const found = await engineOf(env);
  if (found.ok) return { kind: 'ready' };
  const [first = '', ...rest] = found.error.replace(/\.$/, '');
  return { kind: 'missing', why: `${first.toLowerCase()}${rest.join('')}` };
}

/** Made where there is none, and kept for the loops to come. */
export const networkOf: Containers['network'] = async ({ engine, network }, owner) => {
  if (network === 'none') return ok({ id: 'none', gateway: null, internal: true });
  const { createContainerNetworks, createContainerEngine } = await containers.get();
  const signal = AbortSignal.timeout(FIND_MS);
  const facts = await createContainerEngine(engine).facts(signal);
  if (!facts.ok) return err(facts.error.message);
  const wish = isInternal(network) ? AGENTS_INTERNAL : CFN_NETWORK;
  const made = await createContainerNetworks(engine).ensure({ wish, owner }, signal);
  if (!made.ok) return err(made.error.message);
  const { id, gateway, internal } = made.value;
  // An engine in a machine of its own has the gateway there.
  return ok({ id, gateway: facts.value.local ? gateway : null, internal });
};

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
      const signal = AbortSignal.timeout(FIND_MS);
      const found = await findContainerEngine(env, signal);
      if (!found.ok)
        return err(
          `Agents cannot run in containers: ${found.error.message} Use --runtime process, or start an engine.`,
        );
      const { engine, facts } = found.value;
      const elsewhere = whyNoFolders(facts.address, process.platform);
      if (elsewhere !== null) return err(elsewhere);
      const there = await engine.hasImage(image, signal);
      if (!there.ok) return err(there.error.message);
      return there.value
        ? ok(facts)
        : err(
            `The container engine has no image ${image}; build it with \`cfn image build\`, or name another one with --image.`,
          );
    },
    network: networkOf,
    async runs(address, owner) {
      const engine = await openEngine(address);
      const listed = await engine.list({ [LABELS.owner]: owner }, AbortSignal.timeout(FIND_MS));
      if (!listed.ok) return err(listed.error.message);
      return ok(listed.value.flatMap(({ labels }) => labels[LABELS.run] ?? []));
    },
    endRun: async (address, runToken) =>
      (await openEngine(address)).endRun(runToken, AbortSignal.timeout(FIND_MS)),
  };
}
