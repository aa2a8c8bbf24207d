/** What each block's numbers count, from where, and against which threshold; pure. */
import { l10n } from 'vscode';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Explanation, PanelLoop } from '../../protocol/panel-loop.ts';
import { markWords } from '../mark-words.ts';
import { costWords, count, dollars, percent, score } from './figures.ts';
import { dissenters } from './panel-consensus.ts';
import { forecast } from './panel-ask.ts';

export function explanations(view: LoopView): PanelLoop['explain'] {
  return {
    loop: cost(view),
    implement: implement(view),
    gate: gate(view),
    validate: validate(view),
    decide: decide(view),
    iterations: iterations(view),
    convergence: convergence(view),
    points: points(view),
  };
}

function cost(view: LoopView): Explanation {
  const unknown = view.agents.filter((agent) => agent.startedAt !== null && agent.costUsd === null);
  return {
    title: `${costWords(view)}${view.budgetUsd === null ? '' : l10n.t(' of {0}', dollars(view.budgetUsd))}`,
    rows: [
      ...view.iterations.map((each): [string, string] => [
        l10n.t('Iteration {0}{1}', each.number, each.endedAt === null ? ' so far' : ''),
        each.tokens === 0
          ? costWords(each)
          : l10n.t('{0}, {1} tokens', costWords(each), each.tokens.toLocaleString()),
      ]),
      ...(view.assumedUsd > 0
        ? [[l10n.t('Assumed for runs without a price'), dollars(view.assumedUsd)] satisfies [string, string]]
        : []),
      ...unknown
        .slice(0, 6)
        .map((agent): [string, string] => [
          `${agent.id} (${agent.preset})`,
          agent.usage
            ? l10n.t('price unknown, {0} tokens', (agent.usage.input + agent.usage.output).toLocaleString())
            : l10n.t('not reported yet'),
        ]),
    ],
    note:
      view.budgetUsd === null
        ? l10n.t('From the agents’ own usage reports, counted when an agent ends. No budget is set.')
        : l10n.t(
            'From the agents’ own usage reports, counted when an agent ends. No agent starts whose expected cost does not fit into {0}.',
            dollars(view.budgetUsd),
          ),
  };
}

function implement(view: LoopView): Explanation {
  const crew = view.agents.filter((agent) => agent.role === 'implementer');
  return {
    title: count(crew.length, 'implementer'),
    rows: crew
      .slice(0, 12)
      .map((agent): [string, string] => [
        agent.id,
        agent.facts.map((fact) => fact.text).join(' · ') || l10n.t('nothing told yet'),
      ]),
    note: l10n.t(
      'A state needs a signal: output, a tool, a changed file, CPU time. Stuck? takes at least two of them past their limit, never one timer.',
    ),
  };
}

function gate({ gate, thresholds }: LoopView): Explanation {
  if (!gate) {
    return {
      title: l10n.t('The gate was not reached'),
      rows: [[l10n.t('Confidence'), l10n.t('needs {0}', score(thresholds.gate))]],
      note: l10n.t(
        'Evidence is what commands say that the loop runs itself; confidence is what agents claim. Both have to pass, and neither stands for the other.',
      ),
    };
  }
  return {
    title: gate.passed ? l10n.t('The gate passed') : l10n.t('The gate failed'),
    rows: [
      ...gate.commands.map((each): [string, string] => [
        each.command,
        each.passRate === null
          ? l10n.t('not counted')
          : l10n.t('{0} of {1}, needs {2}', each.passed, each.passed + each.failed, percent(each.needs)),
      ]),
      [l10n.t('Mean confidence'), l10n.t('{0}, needs {1}', score(gate.confidence), score(gate.threshold))],
    ],
    note: l10n.t(
      'Evidence was run by the loop on commit {0}, with the base’s own tests put back. An agent without a result claims nothing.',
      gate.commit?.slice(0, 7) ?? '–',
    ),
  };
}

function validate({ consensus, thresholds }: LoopView): Explanation {
  if (!consensus) {
    return {
      title: l10n.t('No consensus yet'),
      rows: [[l10n.t('Needed'), score(thresholds.consensus)]],
      note: l10n.t('The mean of the scores of validators that do not see each other’s votes.'),
    };
  }
  return {
    title: consensus.score === null ? l10n.t('No quorum') : l10n.t('Consensus {0}', score(consensus.score)),
    rows: [
      ...consensus.votes.map((vote): [string, string] => [
        vote.agentId,
        [
          vote.score === null ? l10n.t('no vote') : score(vote.score),
          ...markWords(consensus.marked?.find(({ agentId }) => agentId === vote.agentId)?.marks ?? []),
        ].join('; '),
      ]),
      [l10n.t('Needed'), score(consensus.threshold)],
    ],
    note: l10n.t(
      'Mean of the votes given; {0} below the threshold. A validator without a valid result counts as no vote, never as a guess.',
      count(dissenters(consensus).length, 'vote'),
    ),
  };
}

function decide(view: LoopView): Explanation {
  const by = {
    agent: l10n.t('The product owner decides alone.'),
    person: l10n.t('A person decides.'),
    'agent-then-person': l10n.t('The product owner recommends, a person decides.'),
  }[view.decidedBy];
  return {
    title: l10n.t('Who decides'),
    rows: [[l10n.t('One more iteration'), forecast(view) || l10n.t('nothing to go by yet')]],
    note: l10n.t('{0} Nothing is merged by any of the three.', by),
  };
}

const iterations = (view: LoopView): Explanation => ({
  title: l10n.t('Iteration {0} of at most {1}', view.iteration, view.maxIterations),
  rows: view.iterations.map((each): [string, string] => [
    l10n.t('Iteration {0}', each.number),
    `+${each.added} −${each.removed}, ${costWords(each)}`,
  ]),
  note: l10n.t(
    'A bar is as long as the iteration took; its parts are Implement, Gate, Validate, Decide. Best is by tests, then by consensus.',
  ),
});

const convergence = (view: LoopView): Explanation => ({
  title: l10n.t('Convergence'),
  rows: view.iterations.map((each): [string, string] => [
    l10n.t('Iteration {0}', each.number),
    [
      each.passRate === null ? l10n.t('tests unknown') : l10n.t('tests {0}', percent(each.passRate)),
      each.confidence === null ? l10n.t('no confidence') : l10n.t('confidence {0}', score(each.confidence)),
      each.score === null ? null : l10n.t('consensus {0}', score(each.score)),
    ]
      .filter((word) => word !== null)
      .join(', '),
  ]),
  note: l10n.t(
    'Each picture shows all iterations there can be: the empty part is what is left. A dashed line is what is needed; what lies below it is marked.',
  ),
});

const points = (view: LoopView): Explanation => ({
  title: l10n.t('Transfer points'),
  rows: [
    [l10n.t('Written'), l10n.t('{0} of 7', new Set(view.transferPoints.map((each) => each.point)).size)],
    [l10n.t('Hash differs'), `${view.transferPoints.filter((each) => !each.verified).length}`],
    [l10n.t('Edited by you'), `${view.transferPoints.filter((each) => each.edited).length}`],
  ],
  note: l10n.t(
    'Each hand-over is hashed when it is written and again when it is read. Keys are projections of the journal: a changed key changes what readers see, not the loop.',
  ),
});
