import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createCommandRunner } from '../../../src/adapters/command/command-runner.ts';
import { createEvidenceRunner, type EvidenceLimits } from '../../../src/adapters/evidence/evidence-runner.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { ok, type Result } from '../../../src/base/result.ts';
import { judgeEvidence, type CommandReport, type EvidenceVerdict } from '../../../src/domain/evidence.ts';
import type { Mode } from '../../../src/domain/loop/model.ts';
import type { EvidenceRun, EvidenceRunner } from '../../../src/ports/evidence-runner.ts';

const run = promisify(execFile);
export const never = new AbortController().signal;

/** A text, null for a deleted file, or a link. */
export type FileContent = string | null | { readonly link: string } | { readonly executable: string };
export type Files = Readonly<Record<string, FileContent>>;

export interface Bench {
  /** The user's checkout. */
  readonly root: string;
  readonly runner: EvidenceRunner;
  /** Writes files into the user's checkout without a commit. */
  write(files: Files): Promise<void>;
  /** Commits the base with these changes, as the agents would. */
  commit(files: Files): Promise<string>;
  readonly base: string;
  evidence(
    command: string,
    commit: string,
    mode?: Mode,
  ): Promise<EvidenceVerdict & { readonly runs: Record<'base' | 'left' | 'restored', CommandReport> }>;
  /** How many checkouts exist that were not discarded. */
  openCheckouts(): number;
  dispose(): Promise<void>;
}

export interface BenchOptions {
  readonly prefix?: string;
  readonly installForAgents?: boolean;
  readonly wholeForAgents?: boolean;
  readonly limits?: Partial<EvidenceLimits>;
  /** A folder that is linked as `node_modules` into each checkout, by the set-up script of the base. */
  readonly environment?: Readonly<Record<string, string>>;
}

export async function createBench(files: Files, options: BenchOptions = {}): Promise<Bench> {
  const place = await mkdtemp(join(tmpdir(), 'cfn-evidence-'));
  const root = join(place, 'user');
  await mkdir(root);
  const git = async (...args: string[]) => {
    const config = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false'];
    return (await run('git', [...config, ...args], { cwd: root })).stdout.trim();
  };
  await git('init', '-q', '-b', 'main');
  await writeFiles(root, files);
  await git('add', '-A');
  await git('commit', '-q', '--allow-empty', '-m', 'base');
  const base = await git('rev-parse', 'HEAD');
  const open = new Set<string>();
  let checkouts = 0;

  const runner = createEvidenceRunner({
    installForAgents: options.installForAgents ?? true,
    wholeForAgents: options.wholeForAgents ?? true,
    userRoot: root,
    prefix: options.prefix ?? '',
    checkout: async (commit) => {
      checkouts += 1;
      const path = join(place, `checkout-${checkouts}`);
      await run('git', ['clone', '-q', '--no-checkout', '--shared', root, path]);
      await run('git', ['-c', 'advice.detachedHead=false', 'checkout', '-q', commit], { cwd: path });
      open.add(path);
      return ok({ commit, path });
    },
    discard: async ({ path }) => {
      open.delete(path);
      await rm(path, { recursive: true, force: true });
    },
    commandRunner: createCommandRunner({
      clock: systemClock,
      token: () => randomBytes(16).toString('hex'),
      killGraceMs: 200,
    }),
    environment: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...options.environment },
    folder: join(place, 'work'),
    clock: systemClock,
    logger: silentLogger,
    limits: { commandMs: 60_000, ...options.limits },
  });

  return {
    root,
    base,
    runner,
    write: (more) => writeFiles(root, more),
    openCheckouts: () => open.size,
    async commit(changes) {
      const folder = join(place, `agent-${randomBytes(4).toString('hex')}`);
      await git('worktree', 'add', '-q', '--detach', folder, base);
      await writeFiles(folder, changes);
      const inFolder = (...args: string[]) => git('-C', folder, ...args);
      await inFolder('add', '-A', '-f', '.');
      await inFolder('commit', '-q', '-m', 'work');
      return inFolder('rev-parse', 'HEAD');
    },
    async evidence(command, commit, mode = 'standard') {
      const once = async (kind: 'base' | 'left' | 'restored') =>
        valueOf(
          await runner.run(
            { commit: kind === 'base' ? base : commit, baseCommit: base, run: kind, command },
            never,
          ),
        );
      const [ofBase, left, restored] = [await once('base'), await once('left'), await once('restored')];
      const runs = { base: ofBase.report, left: left.report, restored: restored.report };
      const { protectedFilesChanged } = restored;
      return { ...judgeEvidence({ mode, commands: [{ command, ...runs, protectedFilesChanged }] }), runs };
    },
    async dispose() {
      await runner.dispose();
      await rm(place, { recursive: true, force: true });
    },
  };
}

function valueOf(result: Result<EvidenceRun, { message: string; log: string }>): EvidenceRun {
  if (result.ok) return result.value;
  throw new Error(`${result.error.message}\n${result.error.log}`);
}

async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await rm(path, { recursive: true, force: true });
    if (content === null) continue;
    await mkdir(dirname(path), { recursive: true });
    if (typeof content === 'string') await writeFile(path, content);
    else if ('link' in content) await symlink(content.link, path);
    else {
      await writeFile(path, content.executable);
      await chmod(path, 0o755);
    }
  }
}
