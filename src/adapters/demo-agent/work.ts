import { execFile, spawn } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SAMPLE_NAME } from './sample.ts';

const run = promisify(execFile);

/** What the demo agent was given, all of it from the public contract between loop and agent. */
export interface Assignment {
  readonly folder: string;
  readonly agentId: string;
  readonly iteration: number;
  readonly nonce: string;
  readonly description: string;
  readonly feedback: readonly string[];
  readonly scoreThreshold: number | null;
  readonly prompt: string;
  /** Prints one line, after a pause in which a person can read the one before. */
  readonly say: (line: string) => Promise<void>;
}

export interface TestRun {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

export async function isSample(folder: string): Promise<boolean> {
  try {
    const found: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    return typeof found === 'object' && found !== null && 'name' in found && found.name === SAMPLE_NAME;
  } catch {
    return false;
  }
}

/** Runs the sample's tests. Inside the editor our own program is the editor's, so `node` comes from PATH. */
export async function runTests(folder: string): Promise<TestRun> {
  const node = process.versions['electron'] === undefined ? process.execPath : 'node';
  const output = await new Promise<string>((resolve, reject) => {
    const child = spawn(node, ['--test', '--test-reporter=tap'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
  const named = (state: string) =>
    [...output.matchAll(new RegExp(`^${state} \\d+ - (.*)$`, 'gm'))].map((match) => match[1] ?? '');
  return { passed: named('ok'), failed: named('not ok') };
}

export function passRate({ passed, failed }: TestRun): number {
  const all = passed.length + failed.length;
  return all === 0 ? 0 : passed.length / all;
}

/** Files that differ from the last commit, or, where nothing does, those of the last commit itself. */
export async function changedFiles(folder: string): Promise<readonly string[]> {
  const git = async (...args: string[]) => {
    const { stdout } = await run('git', args, { cwd: folder });
    return stdout.split('\0').filter((line) => line !== '');
  };
  try {
    const status = await git('status', '--porcelain', '-z', '--untracked-files=all');
    if (status.length > 0) return status.map((line) => line.slice(3));
    return await git('show', '--first-parent', '--name-only', '--format=', '-z', 'HEAD');
  } catch {
    return [];
  }
}

export async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** Written whole and renamed, so that nobody reads half a result. */
export async function writeResult(path: string, result: Readonly<Record<string, unknown>>): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, JSON.stringify(result, null, 2));
  await rename(temporary, path);
}

export const round = (score: number): number => Math.round(score * 100) / 100;
