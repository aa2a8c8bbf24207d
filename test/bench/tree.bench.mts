/** What the agents tree costs the editor while a thousand agents work. */
import type { AgentView, LoopView } from '../../src/app/projections/loop-view.ts';
import { percentile } from '../../src/base/measure.ts';
import { createDrawing } from '../../src/vscode/agents-tree/drawing.ts';
import { createShownRows } from '../../src/vscode/agents-tree/shown-rows.ts';
import { createTreeRows } from '../../src/vscode/agents-tree/tree-rows.ts';
import { NO_FILTER, NO_ORDER } from '../../src/vscode/agents-tree/wishes.ts';
import { agentView, loopView } from '../../src/vscode/test-views.ts';
import type { Bench, Row } from './measure.mts';

const AGENTS = 1000;
/** Of them each update changes so many, as agents do that fall quiet and go on. */
const CHANGED = 20;
const CHANGES_MS = 10;
const WARM_UP = 60;

/** As in a loop: what is known of an agent's files stays the same list until they change. */
const FILES = Array.from({ length: AGENTS }, (_, number) =>
  [1, 2, 3].map((file) => ({ path: `src/part-${number}/${file}.ts`, added: 12, removed: 3 })),
);

const agent = (number: number, changes: number): AgentView =>
  agentView({
    id: `agent-${number}`,
    preset: 'claude',
    state: 'working',
    status: changes % 2 === 0 ? 'working' : 'quiet',
    startedAt: 1000 + number,
    worktree: `/src/shop.cfn/agent-${number}`,
    branch: `cfn/shop/agent-${number}`,
    files: FILES[number] ?? [],
    added: 36,
    removed: 9 + changes,
    costUsd: changes / 100,
  });

/** Loops with as many agents each; `change` has the next ones change, and makes the views of their loops anew. */
function crowd(loops: number) {
  const each = AGENTS / loops;
  const changes = Array.from({ length: AGENTS }, () => 0);
  const viewOf = (loop: number): LoopView =>
    loopView({
      taskId: `loop-${loop}`,
      agents: Array.from({ length: each }, (_, index) => {
        const number = loop * each + index;
        return agent(number, changes[number] ?? 0);
      }),
    });
  let views = Array.from({ length: loops }, (_, loop) => viewOf(loop));
  let next = 0;
  return {
    views: (): readonly LoopView[] => views,
    change: () => {
      const touched = new Set<number>();
      for (let left = CHANGED; left > 0; left -= 1) {
        changes[next] = (changes[next] ?? 0) + 1;
        touched.add(Math.floor(next / each));
        next = (next + 1) % AGENTS;
      }
      views = views.map((view, loop) => (touched.has(loop) ? viewOf(loop) : view));
    },
  };
}

const listing = {
  at: 0,
  worktrees: Array.from({ length: AGENTS }, (_, number) => ({
    path: `/src/shop.cfn/agent-${number}`,
    branch: `cfn/shop/agent-${number}`,
    origin: 'agent' as const,
    missing: false,
    locked: null,
    moved: null,
    portBase: 20_000 + number * 10,
  })),
};

interface Updates {
  readonly hostMs: readonly number[];
  /** Only making the text of all rows, as a drawing of everything would at least have to. */
  readonly textMs: readonly number[];
  readonly drawn: readonly number[];
}

function updates(loops: number, rounds: number): Updates {
  const people = crowd(loops);
  const shown = createShownRows();
  const rowsOf = createTreeRows();
  const hostMs: number[] = [];
  const textMs: number[] = [];
  const drawn: number[] = [];
  // The first rounds only warm up, the very first one draws all.
  for (let round = -WARM_UP; round < rounds; round += 1) {
    people.change();
    const request = { views: people.views(), now: 60_000, order: NO_ORDER, filter: NO_FILTER, listing };
    const startedAt = performance.now();
    const { rows } = shown.update(rowsOf(request, false), false);
    const doneAt = performance.now();
    JSON.stringify(
      shown.roots().map(({ children }) => children.map(({ label, description }) => [label, description])),
    );
    if (round < 0) continue;
    hostMs.push(doneAt - startedAt);
    textMs.push(performance.now() - doneAt);
    drawn.push(rows.length);
  }
  return { hostMs, textMs, drawn };
}

const hostRow = (loops: number, found: Updates): Row => ({
  id: `tree-host-${loops}`,
  title: `editor: working out one update, ${loops === 1 ? 'all in one loop' : `in ${loops} loops`}`,
  unit: 'ms',
  samples: found.hostMs,
  limit: { title: 'making the text of all rows alone', samples: found.textMs },
  target: { kind: 'at-most', value: 4 },
  note: `95 of 100 within ${percentile(found.hostMs, 0.95).toFixed(2)} ms`,
});

/** Events a second that reach the editor, while loops change a hundred times a second. */
async function eventsPerSecond(seconds: number): Promise<readonly number[]> {
  const people = crowd(20);
  const rowsOf = createTreeRows();
  let events = 0;
  const drawing = createDrawing({
    rows: (ages) =>
      rowsOf({ views: people.views(), now: 60_000, order: NO_ORDER, filter: NO_FILTER, listing }, ages),
    isVisible: () => true,
    draw: () => {
      events += 1;
    },
  });
  drawing.figures();
  const changing = setInterval(() => {
    people.change();
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
  title: 'Agents tree, 1,000 agents',
  async run({ short, say }) {
    const rounds = short ? 20 : 200;
    const many = updates(20, rounds);
    const one = updates(1, rounds);
    say('  counting events …');
    return [
      hostRow(20, many),
      hostRow(1, one),
      {
        id: 'tree-drawn',
        title: 'rows drawn again, beside those that look different',
        unit: '×',
        samples: [...many.drawn, ...one.drawn].map((rows) => rows / CHANGED),
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
