/** Answers of `@cfn` as Markdown, put together from facts alone; whatever agents and repositories say is shown as text. */
import { l10n } from 'vscode';
import type { IterationFacts, WhyFacts } from '../../app/loop-facts.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { agentState, costText, diffText, loopState, taskTitle, visible } from '../words.ts';

/** Text of anybody's inside Markdown: no mark-up, no links, no control characters. */
export const plain = (text: string): string =>
  visible(text).replaceAll(/[\\`*_{}[\]()<>#+!|~&$-]/g, String.raw`\$&`);

const two = (value: number): string => value.toFixed(2);
const bullet = (text: string, depth = 0): string => `${'  '.repeat(depth)}- ${text}`;
const list = (texts: readonly string[]): string => texts.map(plain).join(', ');

/** One line a loop, and the agents of a single one. */
export function statusAnswer(views: readonly LoopView[]): string {
  if (views.length === 0) return l10n.t('No loop has run in this repository yet.');
  const lines = views.flatMap((view) => [
    bullet(`**${plain(taskTitle(view))}**: ${statusLine(view)}`),
    ...(views.length === 1 ? view.agents.map((agent) => bullet(agentLine(agent), 1)) : []),
  ]);
  return lines.join('\n');
}

function statusLine(view: LoopView): string {
  const parts = [
    loopState(view),
    l10n.t('iteration {0} of {1}', view.iteration, view.maxIterations),
    costText(view),
  ];
  const waiting = view.waiting === null ? '' : ` ${plain(view.waiting.message)}`;
  return `${parts.join(' · ')}.${waiting}`;
}

function agentLine(agent: LoopView['agents'][number]): string {
  const diff = diffText(agent);
  const asks = agent.questions.map(({ text }) => l10n.t('asks: {0}', plain(text)));
  return [plain(agent.id), plain(agent.preset), agentState(agent), ...(diff ? [diff] : []), ...asks].join(
    ' · ',
  );
}

/** Why a loop waits, failed or decided: newest iteration first, each sentence from a journaled event. */
export function whyAnswer(view: LoopView, facts: WhyFacts): string {
  const iterations = facts.iterations.toReversed().map(iterationAnswer);
  const nothing = l10n.t('No gate, vote or decision has been journaled for it yet.');
  return [
    `**${plain(taskTitle(view))}**: ${statusLine(view)}`,
    ...(view.stopReason === null ? [] : [l10n.t('It ended because: {0}', plain(view.stopReason))]),
    ...(iterations.length === 0 ? [nothing] : iterations),
    ...feedbackAnswer(facts.feedback),
    l10n.t('_From the journal of {0}; no model was asked._', plain(view.taskId)),
  ].join('\n\n');
}

function iterationAnswer(facts: IterationFacts): string {
  const lines = [
    ...gateLines(facts),
    ...facts.failures.map(({ agentId, ending, attempt }) =>
      bullet(
        ending === 'completed'
          ? l10n.t('{0} gave no valid result in attempt {1}; safe defaults count.', plain(agentId), attempt)
          : l10n.t('{0} ended as {1} in attempt {2}.', plain(agentId), plain(ending), attempt),
      ),
    ),
    ...facts.conflicts.map((conflict) =>
      bullet(
        l10n.t(
          '{0} conflicts with {1} in {2}.',
          plain(conflict.agentId),
          list(conflict.with),
          list(conflict.files),
        ),
      ),
    ),
    ...consensusLines(facts),
    ...decisionLines(facts),
  ];
  const body = lines.length === 0 ? [bullet(l10n.t('Nothing has been judged in it yet.'))] : lines;
  return [`**${l10n.t('Iteration {0}', facts.iteration)}**`, ...body].join('\n');
}

function gateLines({ gate, evidence }: IterationFacts): string[] {
  const proofs = evidence
    .filter(({ run }) => run !== 'base')
    .map(({ command, status, passed, failed, run }) =>
      bullet(
        run === 'restored'
          ? l10n.t(
              'We ran {0} with the tests of the base: {1}, {2} passed, {3} failed.',
              code(command),
              plain(status),
              passed,
              failed,
            )
          : l10n.t('We ran {0}: {1}, {2} passed, {3} failed.', code(command), plain(status), passed, failed),
        1,
      ),
    );
  if (!gate) return proofs;
  const words = [plain(gate.evidence), two(gate.actualConfidence), two(gate.threshold)] as const;
  return [
    bullet(
      gate.passed
        ? l10n.t('The gate passed: evidence {0}, confidence {1}, needs {2}.', ...words)
        : l10n.t('The gate failed: evidence {0}, confidence {1}, needs {2}.', ...words),
    ),
    ...gate.reasons.map((reason) => bullet(plain(reason), 1)),
    ...proofs,
  ];
}

function consensusLines({ consensus }: IterationFacts): string[] {
  if (!consensus) return [];
  const { score, threshold, votes, vetoes, dissent } = consensus;
  const voted = votes
    .map((vote) => `${plain(vote.agentId)} ${vote.score === null ? l10n.t('no vote') : two(vote.score)}`)
    .join(', ');
  const verdict =
    score === null
      ? l10n.t('No consensus: too few votes ({0}).', voted)
      : consensus.passed
        ? l10n.t('Consensus {0}, needs {1}: reached ({2}).', two(score), two(threshold), voted)
        : l10n.t('Consensus {0}, needs {1}: missed ({2}).', two(score), two(threshold), voted);
  const against = dissent.length === 0 ? [] : [bullet(l10n.t('Dissent: {0}.', list(dissent)), 1)];
  const stopped = vetoes.length === 0 ? [] : [bullet(l10n.t('Stopped by what {0} proved.', list(vetoes)), 1)];
  return [bullet(verdict), ...stopped, ...against];
}

function decisionLines({ decision }: IterationFacts): string[] {
  if (!decision) return [];
  const reason = decision.reason === '' ? l10n.t('no reason was given') : plain(decision.reason);
  return [
    bullet(
      decision.defaulted
        ? l10n.t(
            '{0}, as a safe default because {1} did not decide: {2}',
            decision.decision,
            plain(decision.by),
            reason,
          )
        : l10n.t('{0}, decided by {1}: {2}', decision.decision, plain(decision.by), reason),
    ),
  ];
}

function feedbackAnswer(feedback: readonly string[]): string[] {
  if (feedback.length === 0) return [];
  return [[l10n.t('The next iteration is told:'), ...feedback.map((item) => bullet(plain(item)))].join('\n')];
}

/** Inline code cannot be left by a text without backticks. */
const code = (text: string): string => `\`${visible(text).replaceAll('`', "'")}\``;
