/** The gate's judgement with what it rests on; pure. */
import { l10n } from 'vscode';
import type { FeedbackView, GateView, LoopView } from '../../app/projections/loop-view.ts';
import type { PanelGate, PanelLoop } from '../../protocol/panel-loop.ts';
import { panelTrust } from '../trust-words.ts';
import { visible } from '../words.ts';
import { count, percent, score } from './figures.ts';

export function panelGate({ agents }: Pick<LoopView, 'agents'>, gate: GateView): PanelGate {
  return {
    iteration: gate.iteration,
    passed: gate.passed,
    on: place(gate),
    evidence: gate.commands.map(evidenceRow),
    claims: gate.claims.map(({ agentId, confidence }) => ({
      agentId,
      confidence,
      // Beside no claim there is nothing to doubt.
      trust: confidence === null ? null : panelTrust(agents.find(({ id }) => id === agentId)),
    })),
    confidence: gate.confidence,
    threshold: gate.threshold,
    sentence: sentence(gate),
    reasons: gate.reasons.map(visible),
    notes: gate.notes.map(visible),
  };
}

function place({ commit, agents }: GateView): string {
  if (commit === null) return l10n.t('there was no combined work to test');
  return l10n.t('on the combined work of {0}, commit {1}', count(agents.length, 'agent'), commit.slice(0, 7));
}

type Command = GateView['commands'][number];

const OK: Readonly<Record<Command['status'], boolean | null>> = {
  passed: true,
  failed: false,
  unavailable: null,
  unconfirmed: null,
};

/** Tests are the usual ones, so only the others are named. */
const KIND: Readonly<Record<Command['kind'], string>> = {
  test: '',
  typecheck: l10n.t('type check'),
  lint: l10n.t('lint'),
  build: l10n.t('build'),
};

function evidenceRow(command: Command): PanelGate['evidence'][number] {
  const { status, needs, passRate, baseline } = command;
  return {
    check: visible(command.command),
    kind: KIND[command.kind],
    ok: OK[status],
    result: resultOf(command),
    need: status === 'unavailable' ? l10n.t('not counted') : l10n.t('needs {0}', percent(needs)),
    baseline:
      baseline === null
        ? l10n.t('no baseline')
        : l10n.t('base {0}{1}', percent(baseline), trend(passRate, baseline)),
  };
}

function trend(rate: number | null, baseline: number): string {
  if (rate === null || rate === baseline) return '';
  return rate > baseline ? l10n.t(', better') : l10n.t(', worse');
}

function resultOf({ status, passed, failed, skipped, passRate, flaky }: Command): string {
  if (status === 'unavailable') return l10n.t('unavailable: not counted');
  const all = passed + failed;
  const words = all === 1 ? (passed === 1 ? 'passes' : 'fails') : l10n.t('{0} of {1} pass', passed, all);
  const rate = all > 1 && passRate !== null && failed > 0 ? ` (${percent(passRate)})` : '';
  const left = skipped > 0 ? l10n.t(', {0} skipped', skipped) : '';
  const held = status === 'unconfirmed' ? l10n.t(', only as the agents left the tests') : '';
  const again = flaky.length > 0 ? l10n.t(', {0} flaky', flaky.length) : '';
  return `${words}${rate}${left}${again}${held}`;
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
        ? l10n.t('The agents are sure ({0}). The evidence is not{1}. Evidence decides.', mean, rate)
        : l10n.t('Evidence fails{0}, and the agents are unsure ({1}, needs {2}).', rate, mean, needs);
    }
    case 'unavailable':
      return l10n.t('Evidence is unavailable: not counted, and never a pass.');
    case 'unconfirmed':
      return l10n.t(
        'The tests pass only as the agents left them; validators confirm changed protected files.',
      );
    case 'none':
      return l10n.t('No evidence was asked for: confidence alone decides ({0}, needs {1}).', mean, needs);
    case 'passed':
      return sure
        ? l10n.t('Evidence passes and the agents are sure ({0}, needs {1}).', mean, needs)
        : l10n.t('Evidence passes. The agents are unsure ({0}, needs {1}).', mean, needs);
  }
}

const ORIGIN: Readonly<Record<string, readonly [words: string, from: 'evidence' | 'person' | 'runner']>> = {
  evidence: [l10n.t('from the evidence'), 'evidence'],
  gate: [l10n.t('from the gate'), 'runner'],
  conflict: [l10n.t('from the merge'), 'runner'],
  person: [l10n.t('from you'), 'person'],
};

export function panelFeedback(items: readonly FeedbackView[]): PanelLoop['feedback'] {
  return items.map(({ origin, to, text }) => {
    const [words, from] = ORIGIN[origin] ?? [l10n.t('from {0}', origin), 'agent' as const];
    return { text: visible(text), origin: words, from, to: to ?? l10n.t('all agents') };
  });
}

/** What an iteration was told; views of earlier versions of this window's loops hold the words alone. */
export const feedbackOf = (view: LoopView) => panelFeedback(view.feedbackItems);
