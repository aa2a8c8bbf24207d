/** What the agents tree costs the editor while a thousand agents work. */
import type { AgentView, LoopView } from '../../src/app/projections/loop-view.ts';
import { percentile } from '../../src/base/measure.ts';
import { createDrawing } from '../../src/vscode/agents-tree/drawing.ts';
import { createShownRows } from '../../src/vscode/agents-tree/shown-rows.ts';
import { createTreeRows } from '../../src/vscode/agents-tree/tree-rows.ts';
import { NO_FILTER, NO_ORDER } from '../../src/vscode/agents-tree/wishes.ts';
import { agentView, loopView } from '../../src/vscode/test-views.ts';
import type { Bench } from './measure.mts';

const LOOPS = 20;
const AGENTS = 50;
/** Of a thousand each update changes so many, as agents do that fall quiet and go on. */
const CHANGED = 20;
const CHANGES_MS = 10;

function agents(loop: number, round: number): readonly AgentView[] {
  return Array.from({ length: AGENTS }, (_, index) => {
    const number = loop * AGENTS + index;
    const turn = Math.floor((round * CHANGED + LOOPS * AGENTS - 1 - number) / (LOOPS * AGENTS));
    return agentView({
      id: `agent-${index}`,
      preset: 'claude',
      state: 'working',
      status: turn % 2 === 0 ? 'working' : 'quiet',
      startedAt: 1000 + number,
      worktree: `/src/shop.cfn/loop-${loop}/agent-${index}`,
      branch: `cfn/loop-${loop}/agent-${index}`,
      files: [1, 2, 3].map((file) => ({ path: `src/part-${index}/${file}.ts`, added: 12, removed: 3 })),
      added: 36,
      removed: 9 + round,
      costUsd: round / 100,
    });
  });
}

const views = (round: number): readonly LoopView[] =>
  Array.from({ length: LOOPS }, (_, loop) =>
    loopView({ taskId: `loop-${loop}`, costUsd: round / 100, agents: agents(loop, round) }),
  );

const listing = {
  at: 0,
  worktrees: views(0)
    .flatMap((view) => view.agents)
    .map(({ worktree, branch }, index) => ({
      path: worktree ?? '',
      branch,
      origin: 'agent' as const,
      missing: false,
      locked: null,
      portBase: 20_000 + index * 10,
    })),
};

interface Updates {
  readonly hostMs: readonly number[];
  /** Only making the text of all rows, as a drawing of everything would at least have to. */
  readonly textMs: readonly number[];
  readonly drawn: readonly number[];
}

function updates(rounds: number): Updates {
  const shown = createShownRows();
  const rowsOf = createTreeRows();
  const given = Array.from({ length: rounds }, (_, round) => views(round));
  const hostMs: number[] = [];
  const textMs: number[] = [];
  const drawn: number[] = [];
  for (const [round, loops] of given.entries()) {
    const request = { views: loops, now: 60_000 + round, order: NO_ORDER, filter: NO_FILTER, listing };
    const startedAt = performance.now();
    const { all, rows } = shown.update(rowsOf(request, false), false);
    const doneAt = performance.now();
    JSON.stringify(
      shown.roots().map(({ children }) => children.map(({ label, description }) => [label, description])),
    );
    hostMs.push(doneAt - startedAt);
    textMs.push(performance.now() - doneAt);
    drawn.push(all ? LOOPS * AGENTS : rows.length);
  }
  return { hostMs, textMs, drawn };
}

/** Events a second that reach the editor, while loops change a hundred times a second. */
async function eventsPerSecond(seconds: number): Promise<readonly number[]> {
  let events = 0;
  let round = 0;
  const rowsOf = createTreeRows();
  const drawing = createDrawing({
    rows: (ages) =>
      rowsOf({ views: views(round), now: 60_000, order: NO_ORDER, filter: NO_FILTER, listing }, ages),
    isVisible: () => true,
    draw: () => {
      events += 1;
    },
  });
  drawing.figures();
  const changing = setInterval(() => {
    round += 1;
    drawing.soon();
  }, CHANGES_MS);
  const counted: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const before = events;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    counted.push(events - before);
  }
  clearInterval(changing);
  drawing.dispose();
  return counted;
}

export const tree: Bench = {
  id: 'tree',
  title: 'Agents tree, 1,000 agents in 20 loops',
  async run({ short, say }) {
    // The first rounds only warm up.
    const all = updates(short ? 40 : 220);
    const hostMs = all.hostMs.slice(20);
    say('  counting events …');
    return [
      {
        id: 'tree-host',
        title: 'editor: working out one update',
        unit: 'ms',
        samples: hostMs,
        limit: { title: 'making the text of all rows alone', samples: all.textMs.slice(20) },
        target: { kind: 'at-most', value: 4 },
        note: `95 of 100 within ${percentile(hostMs, 0.95).toFixed(2)} ms; ${CHANGED} rows drawn of ${LOOPS * AGENTS}`,
      },
      {
        id: 'tree-drawn',
        title: 'rows drawn again, beside those that look different',
        unit: '×',
        samples: all.drawn.slice(20).map((rows) => rows / CHANGED),
        limit: { title: 'those alone', samples: [1] },
        target: { kind: 'ratio-at-most', value: 1 },
      },
      {
        id: 'tree-events',
        title: 'events to the editor while loops change 100 times a second',
        unit: 'events/s',
        samples: await eventsPerSecond(short ? 2 : 5),
        limit: { title: 'what is allowed', samples: [10] },
        target: { kind: 'ratio-at-most', value: 1 },
      },
    ];
  },
};
