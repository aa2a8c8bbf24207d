import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { err, ok } from '../../../base/result.ts';
import { isElsewhere } from '../../../domain/containers/engine.ts';
import { CONTAINER_HOME } from '../../../domain/containers/environment.ts';
import type { ContainerEngine, ContainerExit } from '../../../ports/container-engine.ts';
import type { AttemptContainer, AttemptSpec } from '../../../protocol/attempt.ts';
import { createLastWords, type StartServer } from './server-start.ts';

export interface ContainerStartDeps {
  readonly spec: Pick<AttemptSpec, 'agentId' | 'taskId' | 'cwd' | 'worktree'>;
  /** That of the agent: its servers stand in the same engine and network, and carry the same labels. */
  readonly container: AttemptContainer;
  /** Folder of the attempt. */
  readonly folder: string;
  readonly engine: ContainerEngine;
}

/**
 * Starts servers in containers, without a port: they are spoken with over their standard input and output, so that nobody who
 * shares a network with one can ask it past us. By the labels of the agent, what a killed runner leaves is found and ended.
 */
export function createContainerStart({ spec, container, folder, engine }: ContainerStartDeps): StartServer {
  return async ({ launch, env, onOutput }) => {
    if (launch.start.kind !== 'container')
      return err('an agent in a container is given servers in containers, and its program is none.');
    if (launch.needs.includes('store'))
      return err('the coordination store of this machine cannot be reached from its container.');
    const readsCode = launch.needs.includes('worktree');
    // What it would be given is a copy of how the code was before its agent began.
    if (readsCode && isElsewhere(container.engine))
      return err('it reads the code, which its agent changes in a copy of its own on another machine.');
    const { worktree } = spec;
    const place = join(folder, 'servers', launch.id);
    mkdirSync(place, { recursive: true, mode: 0o700 });
    const words = createLastWords();
    const { image, argv, limits } = launch.start;
    const { network, user, labels } = container;
    const started = await engine.start(
      {
        name: `cfn-mcp-${launch.id}-${spec.agentId}-${spec.taskId}`,
        image,
        argv,
        cwd: readsCode ? spec.cwd : CONTAINER_HOME,
        env: { ...env, HOME: CONTAINER_HOME },
        exchange: place,
        stdinFile: null,
        user,
        mounts: [
          { source: place, target: place, readonly: false, owned: true },
          ...(readsCode ? [{ source: worktree, target: worktree, readonly: true, owned: false }] : []),
        ],
        tmpfs: ['/tmp', CONTAINER_HOME],
        limits: { ...container.limits, ...limits },
        network: network.id,
        resolves: !network.internal,
        hosts: {},
        labels,
        talks: true,
        onOutput: (stream, chunk) => (stream === 'stdout' ? onOutput(chunk) : words.add(chunk)),
      },
      // A start that is not wanted any more is ended by its attempt, once it is known what there is to end.
      new AbortController().signal,
    );
    if (!started.ok) return err(started.error.message);
    const running = started.value;
    const { stdin } = running;
    if (!(stdin instanceof Writable)) return err('its container has no standard input.');
    stdin.on('error', () => undefined);
    return ok({
      stdin,
      ended: running.exited.then((exit) =>
        exit.kind === 'exited' ? `${wordFor(exit)}${words.text()}` : exit.message,
      ),
      end: async () => void (await running.remove()),
    });
  };
}

function wordFor(exit: Extract<ContainerExit, { kind: 'exited' }>): string {
  if (exit.missing) return 'its program is not in the image';
  return exit.outOfMemory ? 'out of memory' : `exit code ${exit.code}`;
}
