import { expect, it } from 'vitest';
import { ok } from '../../base/result.ts';
import type { LoopConfig } from '../../domain/loop/config.ts';
import { passing, startedLoop, testConfig } from '../../domain/loop/test-loop.ts';
import type { TaskGit, WorkingChange } from '../../ports/worktrees.ts';
import { createLiveDiffs } from './live-diffs.ts';
import { runningSlots } from './running-slots.ts';

interface Looked {
  readonly asked: readonly Asked[];
  readonly files: Readonly<Record<string, unknown>>;
}

type Asked = Parameters<TaskGit['workingChanges']>[0];

/** Two implementers at work on these files, looked at for so many rounds. */
async function lookedAt(
  files: Readonly<Record<string, readonly string[]>>,
  { rounds, ...change }: Partial<LoopConfig> & { readonly rounds: number },
): Promise<Looked> {
  const [implementer, ...others] = testConfig.crew;
  const crew = [...['api', 'web'].map((id) => ({ ...implementer!, id })), ...others];
  const loop = startedLoop({ crew, strategy: 'split', ...change });
  while (loop.effects[0]?.kind !== 'run-agent') loop.answer(loop.effects[0]!, { agent: passing });
  for (const effect of loop.effects) {
    if (effect.kind !== 'run-agent') continue;
    const { iteration, agentId, role, attempt } = effect;
    const place = { pid: 1, worktree: '/w', branch: null, folder: `/f/${agentId}` };
    loop.report({ type: 'AgentStarted', iteration, agentId, role, attempt, ...place });
  }
  const controller = new AbortController();
  const asked: Asked[] = [];
  let left = rounds;
  return new Promise<Looked>((resolve) => {
    const diffs = createLiveDiffs({
      clock: {
        now: () => 0,
        sleep: () => {
          left -= 1;
          if (left > 0) return Promise.resolve();
          controller.abort();
          const files = runningSlots(loop.state!).map(({ slot, attempt }) => [
            slot.agentId,
            diffs.of(attempt.folder)?.files,
          ]);
          resolve({ asked, files: Object.fromEntries(files) });
          return Promise.resolve();
        },
      },
      task: {
        workingChanges: (request) => {
          asked.push(request);
          const changes = (files[request.agentId] ?? []).map((path): WorkingChange => ({
            path,
            status: 'modified',
            added: 1,
            removed: 1,
            ...(request.linesOf?.has(path) ? { ranges: [{ first: 1, last: 1 }] } : {}),
          }));
          return Promise.resolve(ok(changes));
        },
      },
      observed: () => true,
      onChange: () => undefined,
      signal: controller.signal,
    });
    diffs.follow(loop.state!);
  });
}

it('looks for lines only in files that another agent changes, too', async () => {
  const { files } = await lookedAt({ api: ['a', 'shared'], web: ['shared', 'w'] }, { rounds: 2 });
  const counts = { added: 1, removed: 1 };
  const ranges = [{ first: 1, last: 1 }];
  expect(files).toEqual({
    api: [
      { path: 'a', ...counts },
      { path: 'shared', ...counts, ranges },
    ],
    web: [
      { path: 'shared', ...counts, ranges },
      { path: 'w', ...counts },
    ],
  });
});

it('looks for none in a race, where everybody changes the same', async () => {
  const { asked } = await lookedAt({ api: ['shared'], web: ['shared'] }, { rounds: 2, strategy: 'race' });
  expect(asked.map(({ linesOf }) => linesOf?.size)).toEqual([0, 0, 0, 0]);
});

it('tells whose part a file is that an agent changes outside of its own, by patterns as in .gitignore', async () => {
  const parts = [
    { task: 'The API', files: ['./src/api/**', '*.sql'] },
    { task: 'The page', files: ['web/'] },
  ];
  const { files } = await lookedAt(
    { api: ['src/api/deep/a.ts', 'db/x.sql', 'web/page.ts'], web: ['web/page.ts', 'readme.md'] },
    { rounds: 1, parts },
  );
  expect(files).toMatchObject({
    api: [{ path: 'src/api/deep/a.ts' }, { path: 'db/x.sql' }, { path: 'web/page.ts', ownedBy: ['web'] }],
    web: [{ path: 'web/page.ts' }, { path: 'readme.md', ownedBy: [] }],
  });
  expect(JSON.stringify(files).match(/ownedBy/g)).toHaveLength(2);
});
