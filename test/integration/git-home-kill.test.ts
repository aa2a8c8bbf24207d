import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LandRequest } from '../../src/ports/home-git.ts';
import { git, makeWorld, read, refusal, value, write, type World } from './git-fixture.ts';
import { brought, commitOn, picture } from './git-home-fixture.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.dispose());

/** Opens the repository with the given git and takes one step. */
const CHILD = `
import { createRepositories } from './src/adapters/git/repositories.ts';
import { createLedger } from './src/adapters/journal/ledger.ts';
import { silentLogger } from './src/base/logger.ts';
import { systemClock } from './src/base/clock.ts';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
const [repo, state, gitBinary, step] = process.argv.slice(1);
const never = new AbortController().signal;
const get = (result) => { if (!result.ok) throw new Error(JSON.stringify(result.error)); return result.value; };
const repository = get(await createRepositories({
  stateFolder: (id) => join(state, id),
  ledger: () => createLedger({ stateFolder: join(state, 'shared'), logger: silentLogger }),
  ids: { token: () => randomBytes(16).toString('hex'), taskId: () => 'x' },
  clock: systemClock, logger: silentLogger, worktreeRoot: () => null, gitBinary,
}).open(repo, never));
const { undo, land, ...request } = JSON.parse(step);
process.stdout.write(JSON.stringify(get(
  undo ? await repository.home.undo(undo)
  : land ? await repository.home.land(land, never)
  : await repository.home.bring({ ...request, base: repository.facts.head }, never))));
`;

interface Kill {
  /** A word of git's command line. */
  readonly at: string;
  readonly when: 'before' | 'after';
}

/** A git that kills whoever called it, with kill -9, around its first call with that word. */
function killingGit({ at, when }: Kill): string {
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const shoot = 'kill -9 $PPID';
  write(
    world.folder,
    'killing-git',
    `#!/bin/sh\ncase " $* " in *" ${at} "*)\n${when === 'before' ? shoot : `"${real}" "$@"; ${shoot}`}\nexit 1;;\nesac\nexec "${real}" "$@"\n`,
    0o755,
  );
  return join(world.folder, 'killing-git');
}

async function killed(kill: Kill, step: object): Promise<void> {
  const args = [world.repo, world.state, killingGit(kill), JSON.stringify(step)];
  const child = spawn(process.execPath, ['--input-type=module', '-e', CHILD, ...args], {
    cwd: process.cwd(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [, signal] = await once(child, 'close');
  if (signal !== 'SIGKILL') throw new Error(`it was not killed: ${said}`);
}

/** What the next step begins with; there is no integration of this name. */
async function settle(): Promise<void> {
  const repository = value(await world.restarted().open(world.repo, new AbortController().signal));
  expect(refusal(await repository.home.undo('00'))).toContain('no such integration');
}

const KILLS = [
  { at: '-u', when: 'before' },
  { at: '-u', when: 'after' },
  { at: 'update-ref', when: 'before' },
  { at: 'update-ref', when: 'after' },
] as const;

const request = { taskId: 'fix', into: null, newBranch: null, rescueFirst: false, message: 'm' };

describe.skipIf(process.platform === 'win32')('killed in the middle of a step', () => {
  it.each([
    ...KILLS.map((kill) => ({ ...kill, way: 'merge' })),
    ...KILLS.slice(0, 2).map((kill) => ({ ...kill, way: 'apply' })),
  ])('$way, $when git … $at: done or as it was, never half', async ({ way, ...kill }) => {
    const commit = commitOn(world, 'HEAD', { 'src/a.txt': 'A\n', 'b.txt': 'b\n', 'package-lock.json': null });
    write(world.repo, 'readme.md', 'mine\n');
    const before = picture(world.repo);
    await killed(kill, { ...request, commit, way });
    await settle();
    const done = way === 'apply' ? kill.when === 'after' : kill.at === 'update-ref' && kill.when === 'after';
    expect([existsSync(join(world.repo, 'b.txt')), picture(world.repo) === before]).toEqual([done, !done]);
    const repository = await world.open();
    const [last] = await repository.home.integrations('fix');
    expect(last?.state).toBe(done ? 'done' : 'dropped');
    if (done) value(await repository.home.undo(last?.id ?? ''));
    expect(picture(world.repo)).toBe(before);
  });

  it('leaves files alone that were edited after the kill, and goes on', async () => {
    const commit = commitOn(world, 'HEAD', { 'src/a.txt': 'A\n', 'b.txt': 'b\n' });
    await killed({ at: 'update-ref', when: 'before' }, { ...request, commit, way: 'merge' });
    write(world.repo, 'b.txt', 'edited since\n');
    await settle();
    expect(read(world.repo, 'b.txt')).toBe('edited since\n');
    expect((await (await world.open()).home.integrations('fix'))[0]?.state).toBe('dropped');
  });

  it.each([...KILLS.slice(1), { at: 'reset', when: 'after' } as const])(
    'rescued work comes back when it is killed $when git … $at',
    async (kill) => {
      const commit = commitOn(world, 'HEAD', { 'src/a.txt': 'A\n', 'b.txt': 'b\n' });
      write(world.repo, 'src/a.txt', 'mine\n');
      write(world.repo, 'b.txt', 'mine too\n');
      const before = picture(world.repo);
      await killed(kill, { ...request, commit, way: 'squash', rescueFirst: true });
      await settle();
      expect(picture(world.repo)).toBe(before);
    },
  );

  it.each(KILLS)('an undo is finished when it was killed $when git … $at', async (kill) => {
    const commit = commitOn(world, 'HEAD', { 'src/a.txt': 'A\n', 'b.txt': 'b\n' });
    const before = picture(world.repo);
    const done = await brought(await world.open(), { commit });
    await killed(kill, { undo: done.id });
    await settle();
    expect(picture(world.repo)).toBe(before);
    expect(git(world.repo, 'fsck', '--no-dangling')).toBe('');
    expect((await (await world.open()).home.integrations('fix'))[0]?.state).toBe('undone');
  });

  it.each(KILLS.slice(0, 3))('several loops do not land when it was killed $when git … $at', async (kill) => {
    write(world.repo, 'readme.md', 'mine\n');
    const before = picture(world.repo);
    await killed(kill, { land: await landing() });
    value(await (await world.open()).home.settle());
    expect(picture(world.repo)).toBe(before);
    expect((await (await world.open()).home.integrations()).map(({ state }) => state)).toEqual(['dropped']);
  });

  it('several loops have landed when it was killed after their branch moved, with a record for each', async () => {
    write(world.repo, 'readme.md', 'mine\n');
    const before = picture(world.repo);
    await killed({ at: 'update-ref', when: 'after' }, { land: await landing() });
    const begun = records();
    await settle();
    const { home } = await world.open();
    const found = await home.integrations();
    expect(found.map(({ taskId, state }) => [taskId, state])).toEqual([
      ['two', 'done'],
      ['one', 'done'],
    ]);
    // Killed once more while the records were written.
    for (const [name, text] of begun) write(integrationsFolder(), name, text);
    rmSync(join(integrationsFolder(), `${found[0]?.id}.json`));
    await settle();
    expect(await home.integrations()).toEqual(found);
    for (const { id } of found) value(await home.undo(id));
    expect(picture(world.repo)).toBe(before);
  });

  it('several loops go to a new branch all or not at all', async () => {
    const before = picture(world.repo);
    await killed({ at: 'update-ref', when: 'before' }, { land: await landing('both') });
    await settle();
    expect(picture(world.repo)).toBe(before);
    await killed({ at: 'update-ref', when: 'after' }, { land: await landing('both') });
    await settle();
    expect(git(world.repo, 'ls-tree', '--name-only', 'both').split('\n')).toContain('b.txt');
    const { home } = await world.open();
    for (const { id, state } of await home.integrations()) if (state === 'done') value(await home.undo(id));
    expect(picture(world.repo)).toBe(before);
  });
});

/** Two loops, ready to land. */
async function landing(newBranch: string | null = null): Promise<LandRequest> {
  const loops = [
    { taskId: 'one', commit: commitOn(world, 'HEAD', { 'src/a.txt': 'A\n' }), message: 'one' },
    { taskId: 'two', commit: commitOn(world, 'HEAD', { 'b.txt': 'b\n' }), message: 'two' },
  ];
  const choice = { way: 'merge', into: null, newBranch } as const;
  const { home } = await world.open();
  const { onto, layers } = value(
    await home.stack({ ...choice, onto: null, loops, at: 0 }, new AbortController().signal),
  );
  const [first, ...rest] = layers;
  if (!first) throw new Error('nothing is stacked');
  return { ...choice, rescueFirst: false, onto, layers: [first, ...rest] };
}

function integrationsFolder(): string {
  const folders = readdirSync(world.state, { recursive: true, encoding: 'utf8' });
  return join(world.state, folders.find((name) => basename(name) === 'integrations') ?? '');
}

const records = (): readonly (readonly [name: string, text: string])[] =>
  readdirSync(integrationsFolder()).map((name) => [name, read(integrationsFolder(), name)]);
