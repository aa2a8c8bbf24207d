/** The four steps as boxes, as folded lines, and the way back; pure. */
import { l10n } from 'vscode';
import type { AgentView, LoopView } from '../../app/projections/loop-view.ts';
import type { PanelLoop, PanelStep, PanelStepView, StepStatus } from '../../protocol/panel-loop.ts';
import { recommendation } from '../consequences.ts';
import { changesOf, isActive, isFinished, visible } from '../words.ts';
import { count, percent, score } from './figures.ts';
import { dissenters } from './panel-consensus.ts';

const ORDER: readonly LoopView['step'][] = ['prepare', 'implement', 'gate', 'validate', 'decide', 'done'];
type Lines = PanelStepView['lines'];

const TITLES = {
  implement: [l10n.t('Implement'), l10n.t('Loop 3')],
  gate: [l10n.t('Gate'), 'evidence'],
  validate: [l10n.t('Validate'), l10n.t('Loop 2')],
  decide: [l10n.t('Decide'), l10n.t('product owner')],
} as const;

export function panelSteps(view: LoopView): PanelStepView[] {
  return (['implement', 'gate', 'validate', 'decide'] as const).map((step) => {
    const [title, subtitle] = TITLES[step];
    const lines = LINES[step](view);
    return {
      step,
      title,
      subtitle,
      status: statusOf(view, step),
      lines,
      changed: step === 'implement' ? changedBy(view) : null,
      summary: summaryOf(view, step, lines),
      aside: asideOf(view, step),
    };
  });
}

/** The step whose section is open unless a person chose otherwise. */
export function openStep(view: LoopView): PanelStep {
  switch (view.step) {
    case 'prepare':
      return 'implement';
    case 'done':
      return view.consensus ? 'validate' : view.gate ? 'gate' : 'implement';
    default:
      return view.step;
  }
}

function statusOf(view: LoopView, step: PanelStep): StepStatus {
  if (step === 'implement' && view.step === 'prepare' && isActive(view)) return 'now';
  const here = ORDER.indexOf(view.step);
  const at = ORDER.indexOf(step);
  if (view.waiting && here === at) return 'need';
  const failed = failure(view, step);
  if (failed) return failed;
  if (view.outcome) return at < here && reached(view, step) ? 'done' : 'todo';
  if (here === at) return 'now';
  return at < here ? 'done' : 'todo';
}

/** A step of this iteration that did not pass. */
function failure(view: LoopView, step: PanelStep): StepStatus | null {
  const { gate, consensus, iteration } = view;
  if (step === 'gate' && gate?.iteration === iteration && !gate.passed) return 'bad';
  if (step !== 'validate' || consensus?.iteration !== iteration) return null;
  if (consensus.passed) return dissenters(consensus).length > 0 ? 'warning' : null;
  return view.step === 'decide' || view.step === 'done' ? 'warning' : 'bad';
}

/** An ended loop did not need to come through every step. */
function reached(view: LoopView, step: PanelStep): boolean {
  if (step === 'gate') return view.gate !== null;
  if (step === 'validate') return view.consensus !== null;
  if (step === 'decide') return view.decision !== null;
  return view.iteration > 0;
}

const LINES: Readonly<Record<PanelStep, (view: LoopView) => Lines>> = {
  implement: implementLines,
  gate: gateLines,
  validate: validateLines,
  decide: decideLines,
};

const current = <T extends { readonly iteration: number }>(view: LoopView, value: T | null): T | null =>
  value?.iteration === view.iteration ? value : null;

const crewOf = (view: LoopView, role: AgentView['role']) =>
  view.agents.filter((agent) => agent.role === role);

function implementLines(view: LoopView): Lines {
  if (view.running?.run === 'base')
    return [l10n.t('Running {0}', visible(view.running.command)), l10n.t('at the base, for comparison')];
  if (view.step === 'prepare') return [l10n.t('Preparing worktrees'), ''];
  const crew = crewOf(view, 'implementer');
  return [settledWords(crew), unsettledWords(crew)];
}

function settledWords(crew: readonly AgentView[]): string {
  const ended = crew.filter(isFinished);
  const done = ended.filter((agent) => agent.state === 'done').length;
  const rest = ended.length - done;
  if (ended.length < crew.length)
    return l10n.t('{0} of {1} finished', ended.length, count(crew.length, 'agent'));
  return rest > 0 ? l10n.t('{0} done, {1} failed', done, rest) : l10n.t('{0} done', count(done, 'agent'));
}

function unsettledWords(crew: readonly AgentView[]): string {
  const numbers = new Map<AgentView['status'], number>();
  for (const { status } of crew) numbers.set(status, (numbers.get(status) ?? 0) + 1);
  const number = (status: AgentView['status']) => numbers.get(status) ?? 0;
  const waiting = number('waiting-for-you');
  return [
    waiting > 0 && (waiting === 1 ? l10n.t('1 needs you') : l10n.t('{0} need you', waiting)),
    number('stuck') > 0 && `${number('stuck')} stuck?`,
    number('rate-limited') > 0 && l10n.t('{0} limited', number('rate-limited')),
  ]
    .filter((word) => word !== false)
    .join(', ');
}

function changedBy(view: LoopView): PanelStepView['changed'] {
  const paths = new Set<string>();
  let [added, removed] = [0, 0];
  for (const agent of crewOf(view, 'implementer')) {
    const changes = changesOf(agent);
    for (const { path } of changes.files) paths.add(path);
    added += changes.added;
    removed += changes.removed;
  }
  return paths.size === 0 ? null : { added, removed, files: paths.size };
}

function gateLines(view: LoopView): Lines {
  const { running, thresholds } = view;
  const gate = current(view, view.gate);
  if (gate) {
    const counted = gate.commands.filter((each) => each.passRate !== null);
    const worst = counted.find((each) => each.status !== 'passed') ?? counted[0];
    const rate = worst?.passRate ?? null;
    const tests =
      worst && rate !== null
        ? l10n.t(
            'Tests {0}{1}',
            percent(rate),
            worst.status === 'passed' ? '' : `, needs ${percent(worst.needs)}`,
          )
        : l10n.t('Evidence {0}', gate.evidence);
    return [tests, l10n.t('Confidence {0}', score(gate.confidence))];
  }
  if (running && running.run !== 'base') {
    const how = running.run === 'left' ? l10n.t('as the agents left it') : l10n.t('with the tests put back');
    return [l10n.t('Running {0}', visible(running.command).slice(0, 40)), how];
  }
  return [l10n.t('Tests on the combined work'), l10n.t('and confidence ≥ {0}', score(thresholds.gate))];
}

function validateLines(view: LoopView): Lines {
  const consensus = current(view, view.consensus);
  if (consensus) {
    const low = dissenters(consensus).length;
    return [
      consensus.score === null
        ? l10n.t('Quorum missed: no consensus')
        : l10n.t('Consensus {0}', score(consensus.score)),
      l10n.t('needs {0}{1}', score(consensus.threshold), low > 0 ? `, ${low} below` : ''),
    ];
  }
  const crew = crewOf(view, 'validator');
  if (view.step === 'validate') {
    return [
      l10n.t('{0} of {1} in', crew.filter(isFinished).length, count(crew.length, 'vote')),
      l10n.t('They do not see each other'),
    ];
  }
  return [
    `${count(crew.length, 'blind reviewer')},`,
    l10n.t('consensus ≥ {0}', score(view.thresholds.consensus)),
  ];
}

function decideLines(view: LoopView): Lines {
  const recommended = recommendation(view);
  const decision = current(view, view.decision);
  if (view.waiting && view.step === 'decide') {
    return [l10n.t('Waiting for you'), recommended ? `${recommended.by}: ${recommended.decision}` : ''];
  }
  return decision
    ? [decision.decision, l10n.t('by {0}', decidedBy(decision.by))]
    : [l10n.t('PROCEED, ITERATE or ABORT'), ''];
}

export const decidedBy = (by: string): string => (by === 'person' ? 'you' : by);

const NOT_REACHED: Readonly<Record<PanelStep, string>> = {
  implement: l10n.t('not begun'),
  gate: l10n.t('runs when all agents have finished or were let go'),
  validate: l10n.t('not reached yet'),
  decide: l10n.t('not reached yet'),
};

function summaryOf(view: LoopView, step: PanelStep, lines: Lines): string {
  return statusOf(view, step) === 'todo' ? NOT_REACHED[step] : lines.filter((line) => line !== '').join(', ');
}

function asideOf(view: LoopView, step: PanelStep): string {
  const { gate, consensus, iteration } = view;
  if (step === 'gate' && gate && gate.iteration !== iteration) {
    return l10n.t('last: {0}, iteration {1}', gate.passed ? 'passed' : 'failed', gate.iteration);
  }
  if (step === 'validate' && consensus && consensus.iteration !== iteration) {
    return l10n.t(
      'last: {0}, iteration {1}',
      consensus.score === null ? 'no quorum' : score(consensus.score),
      consensus.iteration,
    );
  }
  return '';
}

export function wayBack(view: LoopView): PanelLoop['wayBack'] {
  const { iteration, feedback, nextFeedback } = view;
  const items = (number: number) => count(number, 'feedback item');
  const next = iteration + 1;
  if (isActive(view) && next <= view.maxIterations) {
    const failing = FAILED_IN.find((step) => failure(view, step) === 'bad');
    if (failing) {
      const text = l10n.t(
        'with {0}, iteration {1} of {2}',
        items(nextFeedback.length),
        next,
        view.maxIterations,
      );
      return { strong: l10n.t('Back to Implement'), text, from: failing };
    }
    if (view.waiting && view.step === 'decide') {
      const text = l10n.t('would start iteration {0} with {1}', next, items(nextFeedback.length));
      return { strong: 'ITERATE', text, from: null };
    }
  }
  if (iteration > 1) {
    const text = l10n.t(
      '{0} from iteration {1}',
      feedback.length > 0 ? `carries ${items(feedback.length)}` : 'goes on',
      iteration - 1,
    );
    return { strong: l10n.t('Iteration {0}', iteration), text, from: null };
  }
  return {
    strong: '',
    text: l10n.t('A failed gate, a missed consensus or ITERATE leads back to Implement'),
    from: null,
  };
}

const FAILED_IN = ['gate', 'validate'] as const;
