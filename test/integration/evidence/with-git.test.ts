import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCommandRunner } from '../../../src/adapters/command/command-runner.ts';
import { createEvidenceRunner } from '../../../src/adapters/evidence/evidence-runner.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { judgeEvidence } from '../../../src/domain/evidence.ts';
import { git, ledgerIds, makeWorld, never, value, write } from '../git-fixture.ts';

it('runs evidence on checkouts of the real git adapter and gives them all back', async () => {
  const world = makeWorld();
  try {
    write(world.repo, 'package.json', '{ "type": "module", "scripts": { "test": "node --test" } }');
    write(world.repo, 'package-lock.json', '{ "lockfileVersion": 3, "packages": { "": {} } }');
    write(world.repo, 'a.mjs', 'export const a = () => 1;\n');
    write(
      world.repo,
      'a.test.mjs',
      `import { test } from 'node:test'; import assert from 'node:assert'; import { a } from './a.mjs'; test('a', () => assert.equal(a(), 2));`,
    );
    git(world.repo, 'add', '-A');
    git(world.repo, 'commit', '-q', '-m', 'base');
    const repository = await world.open();
    const task = repository.task('task');
    const baseCommit = repository.facts.head;
    write(world.repo, 'a.mjs', 'export const a = () => 2;\n');
    const commit = value(await repository.snapshotDirty(never));

    const runner = createEvidenceRunner({
      installForAgents: true,
      wholeForAgents: true,
      userRoot: repository.facts.root,
      prefix: repository.facts.prefix,
      checkout: (commit, label, signal) => task.checkout(commit, label, signal),
      discard: (checkout) => task.discard(checkout),
      commandRunner: createCommandRunner({
        clock: systemClock,
        token: () => randomBytes(16).toString('hex'),
      }),
      environment: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
      folder: join(world.folder, 'evidence'),
      clock: systemClock,
      logger: silentLogger,
    });
    const prepared = value(await runner.prepare(baseCommit, never));
    const command = (await runner.discover(prepared.path))[0]?.command ?? '';
    expect(command).toBe('npm test');
    const run = async (run: 'base' | 'left' | 'restored') => {
      const of = run === 'base' ? baseCommit : commit;
      return value(await runner.run({ commit: of, baseCommit, run, command }, never));
    };
    const [base, left, restored] = [await run('base'), await run('left'), await run('restored')];
    const verdict = judgeEvidence({
      mode: 'standard',
      commands: [
        {
          command,
          base: base.report,
          left: left.report,
          restored: restored.report,
          protectedFilesChanged: restored.protectedFilesChanged,
        },
      ],
    });
    expect(verdict).toMatchObject({ status: 'passed', unconfirmedFiles: [] });
    expect(base.report.checks).toMatchObject([{ id: 'a.test.mjs > a', outcome: 'failed' }]);

    await runner.dispose();
    expect((await ledgerIds(world)).filter((id) => id.startsWith('checkout:'))).toEqual([]);
    expect(existsSync(join(world.folder, 'evidence'))).toBe(false);
  } finally {
    world.dispose();
  }
});
