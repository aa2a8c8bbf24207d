/** What the harness adds to an agent, over what starting one must cost on this machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createLedger } from '../../src/adapters/journal/ledger.ts';
import { createLoopStore } from '../../src/adapters/journal/loop-store.ts';
import { createAttemptFolders } from '../../src/adapters/process/attempt-folders.ts';
import { createAttemptWatch } from '../../src/adapters/process/attempt-watch.ts';
import { createProcessRuntime, runnerCommand } from '../../src/adapters/process/process-runtime.ts';
import { createProcessTable } from '../../src/adapters/process/process-table.ts';
import { openEngine } from '../../src/open-engine.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { AgentRuntime } from '../../src/ports/agent-runtime.ts';
import type { Journal } from '../../src/ports/journal.ts';
import type { AttemptSpec } from '../../src/protocol/attempt.ts';
import { median, type Bench, type Row } from './measure.mts';

const runner = resolve(import.meta.dirname, '../../dist/runner.js');
const never = new AbortController().signal;

/** Writes the moment of its first and of its last instruction, in seconds since 1970. */
const AGENT =
  'printf "%s\\n" "$EPOCHREALTIME" > "$CFN_STAMPS"; printf "%s" "$EPOCHREALTIME" >> "$CFN_STAMPS"';
const epochMs = () => performance.timeOrigin + performance.now();

interface Stamps {
  readonly first: number;
  readonly last: number;
}

async function readStamps(file: string): Promise<Stamps> {
  const [first, last] = (await readFile(file, 'utf8')).split('\n').map((text) => Number(text) * 1000);
  if (first === undefined || last === undefined) throw new Error(`${file} holds no stamps`);
  return { first, last };
}

interface Setting {
  readonly folder: string;
  readonly journal: Journal;
  readonly attempts: ReturnType<typeof createAttemptFolders>;
  readonly ledger: ReturnType<typeof createLedger>;
  readonly runtime: AgentRuntime;
}

async function prepareSetting(): Promise<Setting> {
  const folder = await mkdtemp(join(tmpdir(), 'cfn-bench-agents-'));
  const store = createLoopStore({ stateFolder: folder });
  const holder = await store.hold('bench', () => Promise.resolve(null));
  if (!holder.ok) throw new Error('the loop cannot be held');
  const journal = await store.open('bench', holder.value.epoch);
  if (!journal.ok) throw new Error(journal.error.message);
  return {
    folder,
    journal: journal.value,
    attempts: createAttemptFolders((taskId) => store.folder(taskId)),
    ledger: createLedger({ stateFolder: folder, logger: silentLogger }),
    runtime: createProcessRuntime({ runner }),
  };
}

const specOf = (setting: Setting, attempt: number): AttemptSpec => ({
  version: 1,
  taskId: 'bench',
  agentId: 'agent',
  role: 'implementer',
  iteration: 1,
  attempt,
  runToken: `bench-${process.pid}-${attempt}`,
  nonce: 'bench',
  program: { kind: 'exec', argv: ['bash', '-c', AGENT], tty: false },
  permission: 'edits',
  cwd: setting.folder,
  worktree: setting.folder,
  limits: { idleMs: 60_000, totalMs: 60_000, completionMs: 1000, killGraceMs: 1000 },
  repair: null,
});

interface Overhead {
  /** From the decision to start the agent to its first instruction. */
  readonly start: number;
  /** From its last instruction to the event on disk. */
  readonly end: number;
  /** Of this process, for both and for the start of the runner. */
  readonly cpu: number;
}

/** CPU time of this process since then, its other threads included. */
function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

/** Longer than a runner takes to be there, shorter than a worktree or evidence takes to be made. */
const AHEAD_MS = 250;

async function throughTheHarness(
  setting: Setting,
  { attempt, ahead }: { readonly attempt: number; readonly ahead: boolean },
): Promise<Overhead> {
  const expecting = process.cpuUsage();
  if (ahead) setting.runtime.expect?.(1);
  const spent = cpuMs(expecting);
  if (ahead) {
    await new Promise((resolve) => setTimeout(resolve, AHEAD_MS));
  }
  const { attempts, ledger, journal } = setting;
  const stamps = join(setting.folder, `ours-${attempt}`);
  const spec = specOf(setting, attempt);
  const folder = attempts.folder({ taskId: 'bench', iteration: 1, agentId: 'agent', attempt, repair: false });
  const env = { PATH: process.env['PATH'] ?? '', CFN_RUN_TOKEN: spec.runToken, CFN_STAMPS: stamps };
  const before = process.cpuUsage();
  const startedAt = epochMs();
  await attempts.prepare({ folder, spec, prompt: 'Write the time.', context: {} });
  await ledger.record({ kind: 'attempt', id: folder, taskId: 'bench', folder, runToken: spec.runToken });
  const launched = await setting.runtime.launch({ spec, folder, env, title: 'bench' }, never);
  if (!launched.ok) throw new Error(launched.error.message);
  const watch = createAttemptWatch({ openEngine, table: createProcessTable() });
  const started = await watch.agentStart(folder, never);
  await journal.append([{ type: 'AgentStarted', pid: started?.pid ?? null }]);
  const record = await watch.awaitRecord(folder, never);
  if (record === 'lost') throw new Error('the attempt was lost');
  await journal.append([{ type: 'AgentExited', record }]);
  const endedAt = epochMs();
  const cpu = spent + cpuMs(before);
  const { first, last } = await readStamps(stamps);
  return { start: first - startedAt, end: endedAt - last, cpu };
}

interface Least {
  readonly ms: number;
  /** Of this process, for the bare start of a program alone. */
  readonly spawnCpu: number;
  /** The same for two durable events. */
  readonly eventsCpu: number;
}

/** The parts that any harness of this kind has: its runtime's start, the agent's own start, two durable events. */
async function whatItMustContain(setting: Setting, round: number): Promise<Least> {
  const [command = '', ...flags] = runnerCommand({ runner: '-e' }, '0');
  const runtimeStart = epochMs();
  const runtime = spawn(
    command,
    flags.slice(0, -2).concat('-e', 'process.stdout.write(String(performance.timeOrigin+performance.now()))'),
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  let printed = '';
  runtime.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await once(runtime, 'close');
  const runtimeMs = Number(printed) - runtimeStart;

  const stamps = join(setting.folder, `bare-${round}`);
  const beforeSpawn = process.cpuUsage();
  const bareStart = epochMs();
  const bare = spawn('bash', ['-c', AGENT], {
    env: { PATH: process.env['PATH'] ?? '', CFN_STAMPS: stamps },
    stdio: 'ignore',
    detached: true,
  });
  await once(bare, 'exit');
  const spawnCpu = cpuMs(beforeSpawn);
  const bareMs = (await readStamps(stamps)).first - bareStart;

  const beforeEvents = process.cpuUsage();
  const eventsStart = performance.now();
  await setting.journal.append([{ type: 'AgentStarted', pid: 1 }]);
  await setting.journal.append([{ type: 'AgentExited', code: 0 }]);
  const ms = runtimeMs + bareMs + (performance.now() - eventsStart);
  return { ms, spawnCpu, eventsCpu: cpuMs(beforeEvents) };
}

export const agents: Bench = {
  id: 'agents',
  title: 'Overhead per agent',
  async run({ short }) {
    if (process.platform === 'win32') return { skipped: 'the agent of this measurement is a bash script' };
    const setting = await prepareSetting();
    try {
      const rounds = short ? 3 : 40;
      const ahead: Overhead[] = [];
      const cold: Overhead[] = [];
      const must: Least[] = [];
      for (let round = 0; round <= rounds; round += 1) {
        const prepared = await throughTheHarness(setting, { attempt: 2 * round + 1, ahead: true });
        const unprepared = await throughTheHarness(setting, { attempt: 2 * round + 2, ahead: false });
        const least = await whatItMustContain(setting, round);
        if (round === 0) continue;
        ahead.push(prepared);
        cold.push(unprepared);
        must.push(least);
      }
      return rows({ ahead, cold, must });
    } finally {
      await setting.journal.close();
      await rm(setting.folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};

interface Measured {
  readonly ahead: readonly Overhead[];
  readonly cold: readonly Overhead[];
  readonly must: readonly Least[];
}

function rows({ ahead, cold, must }: Measured): readonly Row[] {
  const limit = {
    title: 'one start of the runtime, one bare start of the agent, two durable events',
    samples: must.map(({ ms }) => ms),
  };
  const whole = (measured: readonly Overhead[]) => measured.map(({ start, end }) => start + end);
  const parts = (measured: readonly Overhead[]) => {
    const before = median(measured.map(({ start }) => start)).toFixed(1);
    return `${before} ms before the agent, ${median(measured.map(({ end }) => end)).toFixed(1)} ms after it`;
  };
  return [
    {
      id: 'agent-overhead',
      title: 'from the decision to the agent’s first instruction, and from its exit to the event on disk',
      unit: 'ms',
      samples: whole(ahead),
      limit,
      target: { kind: 'ratio-at-most', value: 1.3 },
      note: `${parts(ahead)}; its runner was started while a worktree was made, which is measured apart`,
    },
    {
      id: 'agent-overhead-cold',
      title: 'the same, for an agent that nobody expected',
      unit: 'ms',
      samples: whole(cold),
      limit,
      target: null,
      note: parts(cold),
    },
    {
      id: 'agent-cpu',
      title: 'CPU time of the orchestrator for one agent, with the start of its runner',
      unit: 'ms',
      samples: ahead.map(({ cpu }) => cpu),
      limit: {
        title: 'one bare start of a program from Node, without anything else',
        samples: must.map(({ spawnCpu }) => spawnCpu),
      },
      target: { kind: 'at-most', value: 1 },
      note: `two durable events alone take ${median(must.map(({ eventsCpu }) => eventsCpu)).toFixed(2)} ms`,
    },
  ];
}
