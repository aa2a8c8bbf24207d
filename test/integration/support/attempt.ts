import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { readLinuxStat } from '../../../src/base/linux-stat.ts';
import {
  attemptSpecSchema,
  resultRecordSchema,
  transcriptLineSchema,
  type AttemptSpec,
  type ResultRecord,
  type TranscriptLine,
} from '../../../src/protocol/attempt.ts';

const root = resolve(import.meta.dirname, '../../..');
export const fixture = (name: string) => join(root, 'test/fixtures/agents', name);

/** `exec:` of the scripted agent with these steps (see the file's head). */
export const scripted = (...steps: string[]) =>
  ({ kind: 'exec', argv: [process.execPath, fixture('agent.mjs'), ...steps], tty: false }) as const;

export interface BuiltRunner {
  readonly file: string;
  remove(): void;
}

/** The runner as it ships, in a folder of its own. */
export async function buildRunner(source = 'src/runner.ts'): Promise<BuiltRunner> {
  const outdir = mkdtempSync(join(tmpdir(), 'cfn-runner-'));
  await build({
    entryPoints: { runner: join(root, source) },
    bundle: true,
    platform: 'node',
    target: 'node22',
    external: ['cpu-features', '*.node'],
    format: 'cjs',
    outdir,
    logLevel: 'error',
    define: { 'import.meta.url': '__importMetaUrl' },
    banner: { js: "const __importMetaUrl=require('node:url').pathToFileURL(__filename).href;" },
  });
  return { file: join(outdir, 'runner.js'), remove: () => rmSync(outdir, { recursive: true, force: true }) };
}

export interface Attempt {
  readonly folder: string;
  readonly worktree: string;
  readonly spec: AttemptSpec;
  record(): ResultRecord | null;
  transcript(): readonly TranscriptLine[];
  write(name: string, value: unknown): void;
  remove(): void;
}

let counter = 0;

/** An attempt's folder as the orchestrator makes it; limits are short so that tests need not wait. */
export function makeAttempt(change: Partial<AttemptSpec> = {}, prompt = 'Do the task.'): Attempt {
  const base = mkdtempSync(join(tmpdir(), 'cfn-attempt-'));
  const folder = join(base, 'attempt');
  const worktree = join(base, 'worktree');
  mkdirSync(folder, { mode: 0o700 });
  mkdirSync(worktree);
  counter += 1;
  const spec = attemptSpecSchema.parse({
    version: 1,
    taskId: 'task-1',
    agentId: 'agent-1',
    role: 'implementer',
    iteration: 1,
    attempt: 1,
    runToken: `token-${process.pid}-${Date.now()}-${counter}`,
    nonce: `nonce-${counter}`,
    program: scripted(),
    permission: 'edits',
    cwd: worktree,
    worktree,
    limits: { idleMs: 20_000, totalMs: 60_000, completionMs: 1000, killGraceMs: 300 },
    repair: null,
    ...change,
  });
  const write = (name: string, value: unknown) =>
    writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value), {
      mode: 0o600,
    });
  write('spec.json', spec);
  write('prompt.md', prompt);
  write('context.json', {});
  return {
    folder,
    worktree,
    spec,
    write,
    record() {
      const file = join(folder, 'record.json');
      return existsSync(file) ? resultRecordSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
    },
    transcript() {
      const file = join(folder, 'transcript.ndjson');
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
      return lines.filter((line) => line !== '').map((line) => transcriptLineSchema.parse(JSON.parse(line)));
    },
    remove: () => rmSync(base, { recursive: true, force: true, maxRetries: 5 }),
  };
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves with the record once the runner is gone; its complaints become the error. */
  finished(): Promise<ResultRecord>;
}

export function startRunner(runner: string, attempt: Attempt, env: NodeJS.ProcessEnv = process.env): Running {
  const child = spawn(process.execPath, [runner, attempt.folder], {
    cwd: attempt.folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let complaints = '';
  child.stderr.on('data', (data: Buffer) => (complaints += data.toString()));
  const exited = once(child, 'exit');
  return {
    child,
    async finished() {
      const [code] = await exited;
      const record = attempt.record();
      if (record === null)
        throw new Error(`The runner ended with ${String(code)} and no record: ${complaints}`);
      return record;
    },
  };
}

export const run = (runner: string, attempt: Attempt, env?: NodeJS.ProcessEnv) =>
  startRunner(runner, attempt, env).finished();

/** Waits for a condition of the outside world that announces itself in no other way. */
export async function until<T>(check: () => T | null | undefined | false, ms = 10_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const value = check();
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`Not within ${ms} ms: ${check.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Living and no zombie. */
export function isRunning(pid: number): boolean {
  if (process.platform === 'linux') {
    try {
      return readLinuxStat(readFileSync(`/proc/${pid}/stat`, 'utf8')) !== 'ended';
    } catch {
      return false;
    }
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function readPids(file: string): readonly number[] | null {
  if (!existsSync(file)) return null;
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return Array.isArray(value) ? value.map(Number) : null;
}
