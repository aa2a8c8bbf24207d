/** What each block's numbers count, from where, and against which threshold; pure. */
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Explanation, PanelLoop } from '../../protocol/panel-loop.ts';
import { standingOf } from './agent-standing.ts';
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
    title: `${costWords(view)}${view.budgetUsd === null ? '' : ` of ${dollars(view.budgetUsd)}`}`,
    rows: [
      ...view.iterations.map((each): [string, string] => [
        `Iteration ${each.number}${each.endedAt === null ? ' so far' : ''}`,
        costWords(each),
      ]),
      ...unknown
        .slice(0, 6)
        .map((agent): [string, string] => [
          `${agent.id} (${agent.preset})`,
          agent.usage
            ? `price unknown, ${(agent.usage.input + agent.usage.output).toLocaleString()} tokens`
            : 'not reported yet',
        ]),
    ],
    note: `From the agents’ own usage reports, counted when an agent ends. ${
      view.budgetUsd === null ? 'No budget is set.' : `The loop stops and asks at ${dollars(view.budgetUsd)}.`
    }`,
  };
}

function implement(view: LoopView): Explanation {
  const crew = view.agents.filter((agent) => agent.role === 'implementer');
  return {
    title: count(crew.length, 'implementer'),
    rows: crew.slice(0, 12).map((agent): [string, string] => [
      agent.id,
      standingOf(agent)
        .facts.map((fact) => fact.text)
        .join(' · ') || 'nothing told yet',
    ]),
    note: 'A state needs a signal: output, a tool, a changed file, CPU time. Stuck? takes at least two of them past their limit, never one timer.',
  };
}

function gate({ gate, thresholds }: LoopView): Explanation {
  if (!gate) {
    return {
      title: 'The gate was not reached',
      rows: [['Confidence', `needs ${score(thresholds.gate)}`]],
      note: 'Evidence is what commands say that the loop runs itself; confidence is what agents claim. Both have to pass, and neither stands for the other.',
    };
  }
  return {
    title: gate.passed ? 'The gate passed' : 'The gate failed',
    rows: [
      ...gate.commands.map((each): [string, string] => [
        each.command,
        each.passRate === null
          ? 'not counted'
          : `${each.passed} of ${each.passed + each.failed}, needs ${percent(each.needs)}`,
      ]),
      ['Mean confidence', `${score(gate.confidence)}, needs ${score(gate.threshold)}`],
    ],
    note: `Evidence was run by the loop on commit ${gate.commit?.slice(0, 7) ?? '–'}, with the base’s own tests put back. An agent without a result claims nothing.`,
  };
}

function validate({ consensus, thresholds }: LoopView): Explanation {
  if (!consensus) {
    return {
      title: 'No consensus yet',
      rows: [['Needed', score(thresholds.consensus)]],
      note: 'The mean of the scores of validators that do not see each other’s votes.',
    };
  }
  return {
    title: consensus.score === null ? 'No quorum' : `Consensus ${score(consensus.score)}`,
    rows: [
      ...consensus.votes.map((vote): [string, string] => [
        vote.agentId,
        vote.score === null ? 'no vote' : score(vote.score),
      ]),
      ['Needed', score(consensus.threshold)],
    ],
    note: `Mean of the votes given; ${count(dissenters(consensus).length, 'vote')} below the threshold. A validator without a valid result counts as no vote, never as a guess.`,
  };
}

function decide(view: LoopView): Explanation {
  const by = {
    agent: 'The product owner decides alone.',
    person: 'A person decides.',
    'agent-then-person': 'The product owner recommends, a person decides.',
  }[view.decidedBy];
  return {
    title: 'Who decides',
    rows: [['One more iteration', forecast(view) || 'nothing to go by yet']],
    note: `${by} Nothing is merged by any of the three.`,
  };
}

const iterations = (view: LoopView): Explanation => ({
  title: `Iteration ${view.iteration} of at most ${view.maxIterations}`,
  rows: view.iterations.map((each): [string, string] => [
    `Iteration ${each.number}`,
    `+${each.added} −${each.removed}, ${costWords(each)}`,
  ]),
  note: 'A bar is as long as the iteration took; its parts are Implement, Gate, Validate, Decide. Best is by tests, then by consensus.',
});

const convergence = (view: LoopView): Explanation => ({
  title: 'Convergence',
  rows: view.iterations.map((each): [string, string] => [
    `Iteration ${each.number}`,
    [
      each.passRate === null ? 'tests unknown' : `tests ${percent(each.passRate)}`,
      each.confidence === null ? 'no confidence' : `confidence ${score(each.confidence)}`,
      each.score === null ? null : `consensus ${score(each.score)}`,
    ]
      .filter((word) => word !== null)
      .join(', '),
  ]),
  note: 'Each picture shows all iterations there can be: the empty part is what is left. A dashed line is what is needed; what lies below it is marked.',
});

const points = (view: LoopView): Explanation => ({
  title: 'Transfer points',
  rows: [
    ['Written', `${new Set(view.transferPoints.map((each) => each.point)).size} of 7`],
    ['Hash differs', `${view.transferPoints.filter((each) => !each.verified).length}`],
    ['Edited by you', `${view.transferPoints.filter((each) => each.edited).length}`],
  ],
  note: 'Each hand-over is hashed when it is written and again when it is read. Keys are projections of the journal: a changed key changes what readers see, not the loop.',
});
