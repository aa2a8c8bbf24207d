/** Loops with their journals, for tests of what is read from them. */
import { silentLogger } from '../../base/logger.ts';
import { err, ok } from '../../base/result.ts';
import { passing, startedLoop, type Answers, type TestLoop } from '../../domain/loop/test-loop.ts';
import type { Integration } from '../../ports/home-git.ts';
import type { LoopStore } from '../../ports/journal.ts';
import type { LoopView } from '../projections/loop-view.ts';
import { toLoopView } from '../projections/to-loop-view.ts';

export function world(loops: Readonly<Record<string, TestLoop>>) {
  const files = new Map<string, unknown>();
  const journalReads: string[] = [];
  const integrations: Integration[] = [];
  const store = {
    list: () => Promise.resolve(Object.keys(loops)),
    exists: () => Promise.resolve(true),
    read: (taskId: string) => {
      journalReads.push(taskId);
      const events = loops[taskId]?.events;
      return Promise.resolve(
        events
          ? ok(events.map((event, at) => ({ seq: at + 1, event })))
          : err({ kind: 'missing' as const, message: 'gone' }),
      );
    },
  } as Partial<LoopStore> as LoopStore;
  const deps = {
    store,
    files: {
      read: (taskId: string, name: string) => Promise.resolve(files.get(`${taskId}/${name}`) ?? null),
      write: (taskId: string, name: string, value: unknown) =>
        Promise.resolve(void files.set(`${taskId}/${name}`, JSON.parse(JSON.stringify(value)))),
      hasRoom: () => Promise.resolve(true),
      remove: () => Promise.resolve(),
    },
    logger: silentLogger,
    repository: { home: { integrations: () => Promise.resolve(integrations) } },
  };
  return { deps, files, journalReads, integrations };
}

export const AGENTS: Answers = { agent: passing };
export function ended(): TestLoop {
  const loop = startedLoop();
  loop.run(AGENTS);
  return loop;
}
/** The gate of the first iteration failed; the second goes on. */
export function underWay(): TestLoop {
  const loop = startedLoop();
  const answers: Answers = { ...AGENTS, evidence: () => ({ status: 'failed' }) };
  while (loop.state?.current?.number !== 2) loop.answer(loop.effects[0]!, answers);
  return loop;
}
export function viewOf({ state }: TestLoop): LoopView {
  if (!state) throw new Error('The loop did not start');
  return toLoopView(state);
}
