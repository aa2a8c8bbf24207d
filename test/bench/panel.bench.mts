/** What the loop panel costs: the editor for each update, the webview for drawing it, and a person who opens it. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { findChromium } from '../../scripts/chromium.mts';
import type { AgentView, LoopView } from '../../src/app/projections/loop-view.ts';
import { percentile } from '../../src/base/measure.ts';
import { drawLoop, loopDelta, type Drawn } from '../../src/vscode/panel/panel-loop.ts';
import { agentView, iterationView, loopView } from '../../src/vscode/test-views.ts';
import { projectRoot } from '../e2e/workbench.mts';
import type { Bench, Row } from './measure.mts';
import { openings } from './panel-openings.mts';
import { openPanelPage, type Drawing } from '../e2e/panel-page.mts';

const AGENTS = 1000;
/** Of them each update changes so many, as agents do that print now and then. */
const CHANGED = 20;
const AROUND = { trusted: true, store: null, elsewhere: false, survival: null };

function agents(round: number): readonly AgentView[] {
  return Array.from({ length: AGENTS }, (_, index) => {
    const changes = index % (AGENTS / CHANGED) === round % (AGENTS / CHANGED);
    return agentView({
      id: `agent-${index}`,
      preset: 'claude',
      state: 'working',
      startedAt: 1000 + index,
      summary: changes ? `line ${round}` : 'a line of output',
      files: [{ path: `src/file-${index}.ts`, added: 12, removed: 3 }],
      added: 12,
      removed: 3,
      costUsd: 0.12,
    });
  });
}

const view = (round: number): LoopView =>
  loopView({
    iteration: 2,
    costUsd: round / 100,
    agents: agents(round),
    iterations: [1, 2].map((number) => iterationView({ number, passRate: 0.5, costUsd: round / 100 })),
  });

interface Updates {
  readonly first: Drawn;
  readonly deltas: readonly NonNullable<ReturnType<typeof loopDelta>>[];
  readonly hostMs: readonly number[];
  /** Only making the messages into text: what any host of a webview has to do. */
  readonly textMs: readonly number[];
}

function updates(rounds: number): Updates {
  const views = Array.from({ length: rounds + 1 }, (_, round) => view(round));
  const first = drawLoop(views[0] ?? view(0), AROUND, null);
  let before = first;
  const deltas: NonNullable<ReturnType<typeof loopDelta>>[] = [];
  const hostMs: number[] = [];
  const textMs: number[] = [];
  for (const next of views.slice(1)) {
    const startedAt = performance.now();
    const drawn = drawLoop(next, AROUND, before);
    const delta = loopDelta(before, drawn);
    const madeAt = performance.now();
    JSON.stringify(delta);
    hostMs.push(performance.now() - startedAt);
    textMs.push(performance.now() - madeAt);
    if (delta) deltas.push(delta);
    before = drawn;
  }
  return { first, deltas, hostMs, textMs };
}

export const panel: Bench = {
  id: 'panel',
  title: 'Loop panel, 1,000 agents',
  async run({ short, say }) {
    const browser = await findChromium();
    if ('missing' in browser) return { skipped: browser.missing };
    // The first rounds only warm up.
    const all = updates(short ? 40 : 220);
    const hostMs = all.hostMs.slice(20);
    say('  drawing in a browser …');
    const page = await openPanelPage({ width: 1100, height: 800 });
    try {
      await page.send({
        type: 'snapshot',
        seq: 1,
        trusted: true,
        opening: false,
        problem: null,
        loop: all.first.loop,
        others: [],
      });
      const drawn = await page.measure(
        all.deltas.map((delta, index) => ({ type: 'delta', seq: index + 2, ...delta })),
      );
      const opened = await openings(short ? 2 : 7, say);
      const kb = (await stat(path.join(projectRoot, 'dist', 'webview', 'panel.js'))).size / 1000;
      return [
        {
          id: 'panel-host',
          title: 'editor: making one update',
          unit: 'ms',
          samples: hostMs,
          limit: { title: 'making its text alone', samples: all.textMs.slice(20) },
          target: { kind: 'at-most', value: 2 },
          note: `95 of 100 within ${percentile(hostMs, 0.95).toFixed(2)} ms`,
        },
        ...drawRows(drawn),
        {
          id: 'panel-open',
          title: 'opening the panel, to its first picture',
          unit: 'ms',
          samples: opened.ours,
          limit: { title: 'an empty webview panel', samples: opened.empty },
          target: { kind: 'ratio-at-most', value: 1.2 },
        },
        {
          id: 'panel-size',
          title: 'size of the program of all webviews',
          unit: 'kB',
          samples: [kb],
          limit: { title: 'what is allowed', samples: [200] },
          target: { kind: 'ratio-at-most', value: 1 },
        },
      ];
    } finally {
      await page.close();
    }
  },
};

function drawRows(drawn: Drawing): readonly Row[] {
  return [
    {
      id: 'panel-draw',
      title: 'webview: script and layout of an update, the 95th of 100',
      unit: 'ms',
      samples: [percentile(drawn.updateMs, 0.95)],
      limit: { title: 'an update that changes nothing', samples: [percentile(drawn.idleMs, 0.95)] },
      target: { kind: 'at-most', value: 8 },
      note: `median ${percentile(drawn.updateMs, 0.5).toFixed(2)} ms`,
    },
    {
      id: 'panel-longest',
      title: 'webview: longest task during all updates',
      unit: 'ms',
      samples: [drawn.longestTaskMs],
      limit: { title: 'what a person notices', samples: [50] },
      target: { kind: 'ratio-at-most', value: 1 },
    },
  ];
}
