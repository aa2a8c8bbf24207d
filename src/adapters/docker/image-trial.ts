import { hostname } from 'node:os';
import { LABELS } from '../../domain/containers/engine.ts';
import { readTrial, TRIAL_SCRIPT, type TrialVerdict } from '../../domain/containers/agent-image.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { ContainerEngine, ContainerRequest } from '../../ports/container-engine.ts';
import type { ImageProblem } from '../../ports/container-images.ts';

const MB = 1024 ** 2;
const TRIAL_MS = 60_000;
const MAX_OUTPUT = 64 * 1024;

const OWNER = 'cfn-image-trial';
const WHERE = `${hostname()}:`;

/** Runs it the way that agents run in it. */
export async function tryImage(
  engine: ContainerEngine,
  { image, user }: { readonly image: string; readonly user: string },
  signal: AbortSignal,
): Promise<Result<TrialVerdict, ImageProblem>> {
  await removeForgotten(engine, signal);
  let output = '';
  const started = await engine.start(
    requestOf({ image, user }, (chunk) => {
      if (output.length < MAX_OUTPUT) output += chunk.toString('latin1');
    }),
    signal,
  );
  if (!started.ok) {
    if (started.error.kind !== 'refused' && started.error.kind !== 'missing') return started;
    return err({ kind: 'unfit', message: `The image ${image} cannot be started: ${started.error.message}` });
  }
  const late = AbortSignal.any([signal, AbortSignal.timeout(TRIAL_MS)]);
  const container = started.value;
  try {
    const exit = await Promise.race([
      container.closed.then(() => container.exited),
      new Promise<null>((resolve) => late.addEventListener('abort', () => resolve(null), { once: true })),
    ]);
    if (signal.aborted) return err({ kind: 'cancelled', message: 'The trial of the image was cancelled.' });
    if (exit === null)
      return err({ kind: 'late', message: `The trial of the image ${image} did not end within 60 s.` });
    if (exit.kind !== 'exited') return err({ kind: 'unreachable', message: exit.message });
    if (exit.code !== 0)
      return err({
        kind: 'unfit',
        message: `The image ${image} cannot be started: its sh ended with ${exit.code}.`,
      });
    return ok(readTrial(output));
  } finally {
    await container.remove();
  }
}

function requestOf(
  { image, user }: { readonly image: string; readonly user: string },
  onOutput: (chunk: Buffer) => void,
): ContainerRequest {
  return {
    name: `${OWNER}-${process.pid}`,
    image,
    argv: ['sh', '-c', TRIAL_SCRIPT],
    cwd: '/workspace',
    env: { HOME: '/home/agent' },
    exchange: null,
    stdinFile: null,
    resolves: true,
    user,
    mounts: [],
    // An agent gets its worktree there.
    tmpfs: ['/tmp', '/home/agent', '/workspace'],
    limits: {
      memoryBytes: 512 * MB,
      memoryReservationBytes: 64 * MB,
      cpus: 1,
      pids: 128,
      tmpfsBytes: 16 * MB,
    },
    network: 'none',
    hosts: {},
    labels: { [LABELS.owner]: OWNER, [LABELS.run]: `${WHERE}${process.pid}` },
    talks: false,
    onOutput: (stream, chunk) => {
      if (stream === 'stdout') onOutput(chunk);
    },
  };
}

/** Containers of trials whose process was killed. */
async function removeForgotten(engine: ContainerEngine, signal: AbortSignal): Promise<void> {
  const listed = await engine.list({ [LABELS.owner]: OWNER }, signal);
  if (!listed.ok) return;
  for (const { id, labels } of listed.value) {
    const run = labels[LABELS.run] ?? '';
    if (run.startsWith(WHERE) && !isAlive(Number(run.slice(WHERE.length)))) await engine.remove(id, signal);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
