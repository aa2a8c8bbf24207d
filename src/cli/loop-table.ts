import { overConfidence } from '../app/calibration/calibration-words.ts';
import type { AgentView, LoopView } from '../app/projections/loop-view.ts';
import { factText, STATUS_WORDS } from '../app/projections/status-words.ts';
import { printable } from './io.ts';

/** Rows of text in aligned columns; the last column is cut at `width`. */
export function table(rows: readonly (readonly string[])[], width: number): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, Array.from(cell).length);
    }
  }
  return rows.map((row) => {
    const line = row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - Array.from(cell).length))
      .join('  ')
      .trimEnd();
    const characters = Array.from(line);
    return characters.length > width ? `${characters.slice(0, Math.max(1, width - 1)).join('')}…` : line;
  });
}

export function agentRows(view: LoopView, now: number): readonly (readonly string[])[] {
  return view.agents.map((agent) => [
    agent.id,
    agent.preset,
    STATUS_WORDS[agent.status],
    age(agent, now),
    diff(agent),
    claim(agent),
    agentCost(agent),
    printable(agent.summary || agent.facts.map((fact) => factText(fact, now)).join(' · ')),
  ]);
}

type Spent = Pick<LoopView, 'costUsd' | 'costIncomplete' | 'tokens'>;

/** `$0.84`, `$0.84 and more` where some price is unknown; nothing while nothing was spent. */
function spent({ costUsd, costIncomplete }: Spent): string {
  if (costUsd === 0) return costIncomplete ? 'unknown price' : '';
  return `$${costUsd.toFixed(2)}${costIncomplete ? ' and more' : ''}`;
}

const tokenText = (tokens: number): string =>
  tokens === 0 ? '' : `${tokens.toLocaleString('en-US')} tokens`;

/** `iteration 2: $0.84 and more, 12,345 tokens`, for each iteration in which anything was spent. */
export const iterationCosts = (view: LoopView): readonly string[] =>
  view.iterations.flatMap((each) => {
    const parts = [spent(each), tokenText(each.tokens)].filter((part) => part !== '');
    return parts.length > 0 ? [`iteration ${each.number}: ${parts.join(', ')}`] : [];
  });

/** What its runner told so far counts until the loop has counted it. */
function agentCost({ costUsd, usage, signals, endedAt }: AgentView): string {
  const usd = costUsd ?? signals?.costUsd ?? null;
  const used = usage ?? signals?.usage ?? null;
  const price = usd === null ? (endedAt === null ? '' : 'unknown price') : `$${usd.toFixed(2)}`;
  const tokens = used === null ? '' : tokenText(used.input + used.output);
  return [price, tokens].filter((part) => part !== '').join(', ');
}

/** `⟳ fix-login  it 2/10  implement  $0.84` */
export function headLine(view: LoopView): string {
  const limit = view.budgetUsd === null ? '' : ` of $${view.budgetUsd.toFixed(2)}`;
  const cost = spent(view) === '' ? '' : `${spent(view)}${limit}`;
  const state =
    view.outcome ??
    (view.fault
      ? 'stopped by a fault'
      : view.waiting
        ? 'waits for you'
        : view.paused
          ? 'paused'
          : view.queuedSince === null
            ? view.step
            : 'queued');
  const title = view.title === null ? '' : `"${printable(view.title)}"`;
  return [
    view.taskId,
    title,
    `it ${view.iteration}/${view.maxIterations}`,
    state,
    cost,
    printable(view.headline),
  ]
    .filter((part) => part !== '')
    .join('  ');
}

function diff(agent: AgentView): string {
  const { added, removed } = agent.signals?.diff ?? agent;
  return added + removed > 0 ? `+${added} −${removed}` : '';
}

function claim(agent: AgentView): string {
  if (agent.defaulted) return 'no vote';
  if (agent.decision !== null) return agent.decision;
  const number = agent.score ?? agent.confidence;
  if (number === null) return '';
  const over = agent.calibration ? overConfidence(agent.calibration) : null;
  return over === null ? number.toFixed(2) : `${number.toFixed(2)} (${over})`;
}

function age(agent: AgentView, now: number): string {
  const runs = agent.state === 'working' || agent.state === 'reporting';
  if (agent.startedAt === null || (agent.endedAt === null && !runs)) return '';
  const seconds = Math.max(0, Math.round(((agent.endedAt ?? now) - agent.startedAt) / 1000));
  return seconds < 60
    ? `${seconds}s`
    : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
}
