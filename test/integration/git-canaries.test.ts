import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Repository } from '../../src/ports/worktrees.ts';
import { git, makeWorld, never, refusal, value, write, type World } from './git-fixture.ts';

/** Everything by which a repository can make git run a program, each leaving a file that says so. */
const canary = (world: World, name: string) => join(world.folder, 'canaries', name);

let world: World;
let repository: Repository;
beforeEach(async () => {
  world = makeWorld();
  write(world.folder, 'canaries/.keep', '');
  repository = await world.open();
});
afterEach(() => world.dispose());

const caught = () => readdirSync(join(world.folder, 'canaries')).filter((name) => name !== '.keep');

function plantConfig(at: string, commonDir: string): void {
  const script = (name: string, then = 'cat') => `sh -c 'touch "${canary(world, name)}"; ${then}' --`;
  const set = (key: string, text: string) => git(at, 'config', key, text);
  const hooks = join(world.folder, 'planted-hooks');
  for (const hook of [
    'post-checkout',
    'reference-transaction',
    'pre-commit',
    'post-commit',
    'post-index-change',
    'post-merge',
    'fsmonitor-watchman',
  ]) {
    write(hooks, hook, `#!/bin/sh\ntouch "${canary(world, `hook-path-${hook}`)}"\n`, 0o755);
    write(join(commonDir, 'hooks'), hook, `#!/bin/sh\ntouch "${canary(world, `hook-${hook}`)}"\n`, 0o755);
  }
  set('filter.evil.clean', script('clean'));
  set('filter.evil.smudge', script('smudge'));
  set('filter.evil.required', 'false');
  set('filter.chatty.process', script('process'));
  set('filter.lfs.clean', script('lfs-clean'));
  set('filter.lfs.smudge', script('lfs-smudge'));
  set('merge.evil.driver', script('merge', 'exit 0'));
  set('diff.external', script('external'));
  set('diff.evil.command', script('diff-command'));
  set('diff.evil.textconv', script('textconv'));
  set('core.fsmonitor', script('fsmonitor'));
  set('core.hooksPath', hooks);
  set('core.pager', script('pager'));
  set('core.editor', script('editor'));
  set('core.sshCommand', script('ssh'));
  set('core.alternateRefsCommand', script('alternate-refs'));
  set('gpg.program', script('gpg'));
  set('commit.gpgSign', 'true');
  set('uploadpack.packObjectsHook', script('pack-objects'));
  set('credential.helper', `!${script('credential')}`);
  set('interactive.diffFilter', script('diff-filter'));
  set('sequence.editor', script('sequence-editor'));
}

const ATTRIBUTES = '* filter=evil diff=evil merge=evil\n*.lfs filter=lfs\n*.chatty filter=chatty\n';

function plantAttributes(folder: string): void {
  write(folder, '.gitattributes', ATTRIBUTES);
  write(folder, 'big.lfs', 'big\n');
  write(folder, 'long.chatty', 'long\n');
}

async function wholeLoop(repo: Repository): Promise<void> {
  const task = repo.task('fix');
  const start = repo.facts.head;
  const before = value(await repo.lookOutside());
  const made = [];
  for (const agentId of ['a', 'b']) {
    const { path } = value(await task.worktree({ agentId, start }, never));
    plantConfig(path, repo.facts.commonDir);
    plantAttributes(path);
    write(join(repo.facts.commonDir, 'info'), 'attributes', ATTRIBUTES);
    write(path, 'readme.md', agentId === 'a' ? 'ONE\ntwo\nthree\n' : 'one\ntwo\nTHREE\n');
    write(path, `${agentId}.txt`, agentId);
    made.push({ agentId, path });
  }
  const commits = [];
  for (const { agentId } of made) {
    const done = value(
      await task.commitAttempt({ agentId, iteration: 1, attempt: 1, start, message: agentId }),
    );
    commits.push({ agentId, commit: done.commit });
  }
  const merged = value(await task.integrate({ iteration: 1, start, commits }));
  expect(merged.merged).toContain('a');
  value(await repo.diff(start, merged.commit, { maxBytes: 65_536 }));
  value(await repo.changes(start, merged.commit));
  value(await repo.show(merged.commit, 'big.lfs'));
  const checkout = value(await task.checkout(merged.commit, 'validator-1', never));
  write(checkout.path, 'readme.md', 'touched\n');
  value(await task.checkoutChanges(checkout));
  await task.discard(checkout);
  write(world.repo, 'dirty.txt', 'dirty');
  value(await repo.lookOutside());
  value(await task.publishResult(merged.commit, 1));
  value(await task.worktree({ agentId: 'a', start: merged.commit }, never));
  const reopened = await world.open();
  expect(refusal(await reopened.snapshotDirty(never))).toContain('goes through the filter "evil"');
  value(await reopened.compareOutside(before));
}

describe.skipIf(process.platform === 'win32')('what an agent configures', () => {
  it('is run by plain git, so these canaries can sing', () => {
    plantConfig(world.repo, repository.facts.commonDir);
    plantAttributes(world.repo);
    write(world.repo, 'readme.md', 'ONE\n');
    for (const args of [['add', '-A'], ['status'], ['diff', 'HEAD']]) {
      try {
        git(world.repo, ...args);
      } catch {
        // Planted programs break git; that they ran is the point.
      }
    }
    expect(caught()).toEqual(
      expect.arrayContaining([
        'clean',
        'process',
        'lfs-clean',
        'fsmonitor',
        'diff-command',
        'hook-path-post-index-change',
      ]),
    );
  });

  it('never runs through the harness, from the first worktree to the published result', async () => {
    await wholeLoop(repository);
    expect(caught()).toEqual([]);
  });

  it('never runs when a repository is opened, looked at and snapshotted with it in place', async () => {
    write(world.repo, 'dirty.txt', 'dirty');
    plantConfig(world.repo, repository.facts.commonDir);
    const again = value(await world.restarted().open(world.repo, never));
    expect(again.facts.dirty).toBe(true);
    value(await again.lookOutside());
    value(await again.snapshotDirty(never));
    value(await again.resolve('HEAD~0'));
    expect(caught()).toEqual([]);
  });

  it('never runs from hooks and config in the worktree that an agent left', async () => {
    const { path } = value(
      await repository.task('fix').worktree({ agentId: 'a', start: repository.facts.head }, never),
    );
    git(world.repo, 'config', 'extensions.worktreeConfig', 'true');
    git(path, 'config', '--worktree', 'core.fsmonitor', `touch ${canary(world, 'worktree-fsmonitor')}`);
    git(path, 'config', '--worktree', 'filter.evil.clean', `touch ${canary(world, 'worktree-clean')}; cat`);
    write(path, '.gitattributes', '* filter=evil\n');
    value(
      await repository.task('fix').commitAttempt({
        agentId: 'a',
        iteration: 1,
        attempt: 1,
        start: repository.facts.head,
        message: 'a',
      }),
    );
    expect(existsSync(canary(world, 'worktree-fsmonitor'))).toBe(false);
    expect(caught()).toEqual([]);
    value(await repository.task('fix').worktree({ agentId: 'a', start: repository.facts.head }, never));
    git(path, 'status');
    expect(caught()).toEqual([]);
  });
});
