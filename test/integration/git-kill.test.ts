import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trashOf } from '../../src/adapters/git/files.ts';
import type { Repository } from '../../src/ports/worktrees.ts';
import { git, makeWorld, never, value, write, type World } from './git-fixture.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.dispose());

/** Opens the repository in a process of its own and does one round after the other until it is killed. */
const CHILD = `
import { createRepositories } from './src/adapters/git/repositories.ts';
import { createLedger } from './src/adapters/journal/ledger.ts';
import { silentLogger } from './src/base/logger.ts';
import { systemClock } from './src/base/clock.ts';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
const [repo, state, round] = process.argv.slice(1);
const repositories = createRepositories({
  stateFolder: (id) => join(state, id),
  ledger: () => createLedger({ stateFolder: join(state, 'shared'), logger: silentLogger }),
  ids: { token: () => randomBytes(16).toString('hex'), taskId: () => 'x' },
  clock: systemClock, logger: silentLogger, worktreeRoot: () => null,
});
const never = new AbortController().signal;
const get = (result) => { if (!result.ok) throw new Error(JSON.stringify(result.error)); return result.value; };
const repository = get(await repositories.open(repo, never));
const task = repository.task('kill');
let start = repository.facts.head;
process.stdout.write('ready\\n');
for (let n = 1; ; n += 1) {
  const { path } = get(await task.worktree({ agentId: 'a', start }, never));
  writeFileSync(join(path, 'work-' + round + '-' + n + '.txt'), 'work ' + round + ' ' + n);
  const done = get(await task.commitAttempt({ agentId: 'a', iteration: Number(round) * 1000 + n, attempt: 1, start, message: 'm' }));
  const merged = get(await task.integrate({ iteration: n, start, commits: [{ agentId: 'a', commit: done.commit }] }));
  const checkout = get(await task.checkout(merged.commit, 'v', never));
  await task.discard(checkout);
  process.stdout.write('done ' + done.commit + '\\n');
  start = merged.commit;
}
`;

/** Kills some time after the first line that starts with `sign`. */
async function killAfter(sign: 'ready' | 'done', round: number, delayMs: number): Promise<string[]> {
  const args = ['--input-type=module', '-e', CHILD, world.repo, world.state, String(round)];
  const child = spawn(process.execPath, args, { cwd: process.cwd(), stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  while (!output.includes(sign) && child.exitCode === null)
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  const timer = setTimeout(() => child.kill('SIGKILL'), delayMs);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  if (code !== null) throw new Error(errors);
  return [...output.matchAll(/^done ([0-9a-f]+)$/gm)].map((match) => match[1] ?? '');
}

describe('a killed harness', () => {
  it.skipIf(process.platform === 'win32')(
    'loses no acknowledged attempt, leaves a sound repository, and goes on in the same worktree',
    async () => {
      const acknowledged: string[] = [];
      for (let round = 1; round <= 6; round += 1) {
        const sign = round % 2 === 0 ? 'done' : 'ready';
        acknowledged.push(...(await killAfter(sign, round, 100 + round * 100)));
      }
      expect(acknowledged.length).toBeGreaterThan(0);
      const kept = new Set(
        git(world.repo, 'for-each-ref', '--format=%(objectname)', 'refs/cfn/').split('\n'),
      );
      expect(acknowledged.filter((commit) => !kept.has(commit))).toEqual([]);
      expect(git(world.repo, 'fsck', '--no-dangling')).toBe('');
      const repository = await world.open();
      const { path } = value(
        await repository.task('kill').worktree({ agentId: 'a', start: repository.facts.head }, never),
      );
      expect(git(path, 'status', '--porcelain')).toBe('');
      expect(git(world.repo, 'worktree', 'list').split('\n')).toHaveLength(2);
      for (const entry of await world.ledger.entries('kill')) {
        if (entry.kind === 'checkout') {
          await repository.task('kill').discard({ path: entry.path, commit: repository.facts.head });
        }
      }
      expect((await world.ledger.entries('kill')).filter(({ kind }) => kind === 'checkout')).toEqual([]);
      expect(git(world.repo, 'status', '--porcelain')).toBe('');
    },
  );
});

describe('a removal that was killed', () => {
  it('of a checkout: the next recovery removes the rest of it', async () => {
    const repository = await world.open();
    const { head } = repository.facts;
    const task = repository.task('kill');
    const { path } = value(await task.checkout(head, 'v', never));
    renameSync(path, trashOf(path));
    value(await task.recoverCheckouts([]));
    expect(readdirSync(dirname(path))).toEqual([]);
    expect(await world.ledger.entries('kill')).toEqual([]);
  });

  it('of a worktree: retiring it again removes the rest of it', async () => {
    const repository = await world.open();
    const { head } = repository.facts;
    const task = repository.task('kill');
    const { path } = value(await task.worktree({ agentId: 'a', start: head }, never));
    renameSync(path, trashOf(path));
    value(await task.retire('a'));
    expect(readdirSync(dirname(path))).toEqual([]);
    expect(git(world.repo, 'worktree', 'list').split('\n')).toHaveLength(1);
  });
});

describe('whatever an agent does', () => {
  type Step = readonly [
    kind: 'write' | 'remove' | 'commit' | 'reset' | 'detach' | 'branch' | 'settle' | 'move',
    n: number,
  ];
  const step: fc.Arbitrary<Step> = fc.tuple(
    fc.constantFrom('write', 'write', 'remove', 'commit', 'reset', 'detach', 'branch', 'settle', 'move'),
    fc.nat(4),
  );

  interface Play {
    readonly repository: Repository;
    readonly path: string;
    /** Contents that lay in the worktree, not ignored, when the harness took over. */
    readonly seen: Set<string>;
    /** What was found after each hand-over: the attempt's parent, or the state of the moved worktree. */
    readonly found: string[];
    iteration: number;
  }

  async function perform(play: Play, [kind, n]: Step, serial: number): Promise<void> {
    const { path, repository } = play;
    const task = repository.task('t');
    const start = repository.facts.head;
    const attempt = (...args: string[]) => {
      try {
        git(path, ...args);
      } catch {
        // An agent's git may refuse; the harness has to cope with whatever that leaves.
      }
    };
    switch (kind) {
      case 'write':
        return write(path, `f${n}.txt`, `content ${serial}`);
      case 'remove':
        return attempt('rm', '-q', '-f', '--', `f${n}.txt`);
      case 'commit':
        attempt('add', '-A');
        return attempt('commit', '-q', '-m', `own ${serial}`);
      case 'reset':
        return attempt('reset', '-q', '--soft', start);
      case 'detach':
        return attempt('checkout', '-q', '--detach');
      case 'branch':
        return attempt('checkout', '-q', '-b', `side-${serial}`);
      case 'settle': {
        remember(play);
        play.iteration += 1;
        const request = { agentId: 'a', iteration: play.iteration, attempt: 1, start, message: 'a' };
        const done = value(await task.commitAttempt(request));
        play.found.push(git(repository.facts.root, 'rev-parse', `${done.commit}^1`));
        return undefined;
      }
      case 'move':
        remember(play);
        value(await task.worktree({ agentId: 'a', start }, never));
        play.found.push(git(path, 'status', '--porcelain'));
        return undefined;
      default:
        throw new Error(kind satisfies never);
    }
  }

  /** Names the content by what git calls it, read without the harness. */
  function remember({ path, seen }: Play): void {
    const names = git(path, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
    for (const name of new Set(names.filter((candidate) => candidate.startsWith('f')))) {
      try {
        seen.add(git(path, 'hash-object', '--', name));
      } catch {
        // In the index only; its content is not in the worktree.
      }
    }
  }

  it('[L-18] every file that was there when the harness took over stays reachable from a ref', async () => {
    const repository = await world.open();
    const { path } = value(
      await repository.task('t').worktree({ agentId: 'a', start: repository.facts.head }, never),
    );
    const play: Play = { repository, path, seen: new Set(), found: [], iteration: 0 };
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), async (steps) => {
        for (const next of steps) await perform(play, next, (serial += 1));
        await perform(play, ['move', 0], (serial += 1));
        const reachable = git(world.repo, 'rev-list', '--objects', '--glob=refs/cfn/*', '--branches');
        for (const blob of play.seen) expect(reachable).toContain(blob);
        expect(git(world.repo, 'rev-parse', 'main')).toBe(repository.facts.head);
      }),
      { numRuns: 8, endOnFailure: true },
    );
    // Attempts stand on the start, and moved worktrees are clean.
    expect(new Set(play.found)).toEqual(new Set([repository.facts.head, '']));
    expect(play.seen.size).toBeGreaterThan(3);
    expect(join(path, '..')).toBe(join(world.folder, 'project.cfn', 't'));
  });
});
