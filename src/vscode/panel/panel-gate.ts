/** The gate's judgement with what it rests on; pure. */
import type { FeedbackView, GateView, LoopView } from '../../app/projections/loop-view.ts';
import type { PanelGate, PanelLoop } from '../../protocol/panel-loop.ts';
import { visible } from '../words.ts';
import { count, percent, score } from './figures.ts';

export function panelGate(gate: GateView): PanelGate {
  return {
    iteration: gate.iteration,
    passed: gate.passed,
    on: place(gate),
    evidence: gate.commands.map(evidenceRow),
    claims: gate.claims.map(({ agentId, confidence }) => ({ agentId, confidence })),
    confidence: gate.confidence,
    threshold: gate.threshold,
    sentence: sentence(gate),
    reasons: gate.reasons.map(visible),
  };
}

function place({ commit, agents }: GateView): string {
  if (commit === null) return 'there was no combined work to test';
  return `on the combined work of ${count(agents.length, 'agent')}, commit ${commit.slice(0, 7)}`;
}

type Command = GateView['commands'][number];

const OK: Readonly<Record<Command['status'], boolean | null>> = {
  passed: true,
  failed: false,
  unavailable: null,
  unconfirmed: null,
};

function evidenceRow(command: Command): PanelGate['evidence'][number] {
  const { status, needs, passRate, baseline } = command;
  return {
    check: visible(command.command),
    ok: OK[status],
    result: resultOf(command),
    need: status === 'unavailable' ? 'not counted' : `needs ${percent(needs)}`,
    baseline: baseline === null ? 'no baseline' : `base ${percent(baseline)}${trend(passRate, baseline)}`,
  };
}

function trend(rate: number | null, baseline: number): string {
  if (rate === null || rate === baseline) return '';
  return rate > baseline ? ', better' : ', worse';
}

function resultOf({ status, passed, failed, skipped, passRate }: Command): string {
  if (status === 'unavailable') return 'unavailable: not counted';
  const all = passed + failed;
  const words = all === 1 ? (passed === 1 ? 'passes' : 'fails') : `${passed} of ${all} pass`;
  const rate = all > 1 && passRate !== null && failed > 0 ? ` (${percent(passRate)})` : '';
  const left = skipped > 0 ? `, ${skipped} skipped` : '';
  const held = status === 'unconfirmed' ? ', only as the agents left the tests' : '';
  return `${words}${rate}${left}${held}`;
}

function sentence(gate: GateView): string {
  const sure = gate.confidence >= gate.threshold;
  const mean = score(gate.confidence);
  const needs = score(gate.threshold);
  const worst = gate.commands.find(({ status }) => status === 'failed')?.passRate ?? null;
  switch (gate.evidence) {
    case 'failed': {
      const rate = worst === null ? '' : ` (${percent(worst)})`;
      return sure
        ? `The agents are sure (${mean}). The evidence is not${rate}. Evidence decides.`
        : `Evidence fails${rate}, and the agents are unsure (${mean}, needs ${needs}).`;
    }
    case 'unavailable':
      return 'Evidence is unavailable: not counted, and never a pass.';
    case 'unconfirmed':
      return 'The tests pass only as the agents left them; validators confirm changed protected files.';
    case 'none':
      return `No evidence was asked for: confidence alone decides (${mean}, needs ${needs}).`;
    case 'passed':
      return sure
        ? `Evidence passes and the agents are sure (${mean}, needs ${needs}).`
        : `Evidence passes. The agents are unsure (${mean}, needs ${needs}).`;
  }
}

const ORIGIN: Readonly<Record<string, readonly [words: string, from: 'evidence' | 'person' | 'runner']>> = {
  evidence: ['from the evidence', 'evidence'],
  gate: ['from the gate', 'runner'],
  conflict: ['from the merge', 'runner'],
  person: ['from you', 'person'],
};

export function panelFeedback(items: readonly FeedbackView[]): PanelLoop['feedback'] {
  return items.map(({ origin, to, text }) => {
    const [words, from] = ORIGIN[origin] ?? [`from ${origin}`, 'agent' as const];
    return { text: visible(text), origin: words, from, to: to ?? 'all agents' };
  });
}

/** What an iteration was told; views of earlier versions of this window's loops hold the words alone. */
export const feedbackOf = (view: LoopView) => panelFeedback(view.feedbackItems);
