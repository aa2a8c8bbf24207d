import { describe, expect, it } from 'vitest';
import type { ConsensusView } from '../app/projections/loop-view.ts';
import type { MarkedReview } from '../domain/review-marks.ts';
import type { IterationStanding } from '../app/review/iteration-standings.ts';
import { agentRow } from './agents-tree/agent-rows.ts';
import { markedCount, markLines } from './mark-words.ts';
import { remarkLabel } from './review-comments/thread-words.ts';
import { standingText } from './review/iteration-rows.ts';
import { agentView, loopView } from './test-views.ts';

const marked: readonly MarkedReview[] = [
  { agentId: 'stamps', marks: ['nothing-opened', 'too-short'] },
  { agentId: 'missed', marks: ['missed-fault', 'too-short'] },
  { agentId: 'unknown', marks: ['not-known'] },
];
const consensus: ConsensusView = {
  iteration: 2,
  passed: true,
  threshold: 0.9,
  score: 0.95,
  votes: ['stamps', 'missed', 'unknown', 'looks'].map((agentId) => ({ agentId, score: 0.95 })),
  marked,
  findings: [],
  proofs: [],
  unconfirmedFiles: [],
};
const rowOf = (id: string, iteration = 2) => {
  const agent = agentView({ id, role: 'validator', state: 'done', iteration, score: 0.95 });
  return agentRow(loopView({ consensus, agents: [agent] }), agent, {
    now: 0,
    worktrees: null,
    shows: () => true,
  });
};

describe('a review that nothing shows', () => {
  it('is told beside its score in the tree, with all that was found in the tooltip', () => {
    const row = rowOf('stamps');
    expect(row.description).toContain('scored 0.95 · nothing shows that it looked · ');
    expect(row.state).toContain('nothing shows that it looked');
    expect(row.icon).toMatchObject({ id: 'pass', color: 'list.warningForeground' });
    expect(row.tooltip(0)).toContain('opened no changed file and ran nothing\ntook less than 5 s');
    expect(rowOf('missed').description).toContain('scored 0.95 · missed a seeded fault · ');
  });

  it.each([
    ['unknown', 2],
    ['looks', 2],
    // Its score is of the next iteration, on which there is no consensus yet.
    ['stamps', 3],
  ])('is no reproach to %s in iteration %i', (id, iteration) => {
    const row = rowOf(id, iteration);
    expect(row.description).not.toContain('nothing shows');
    expect(row.icon).toMatchObject({ id: 'pass-filled' });
  });

  it('is counted beside the consensus of its iteration in the review', () => {
    const standing: IterationStanding = {
      iteration: 2,
      isBest: true,
      regression: null,
      passRate: 1,
      score: 0.95,
      findings: 0,
      commands: [],
      commit: 'c',
      marked,
    };
    expect(standingText(standing)).toBe('tests 100 % · consensus 0.95 · 2 reviews that nothing shows');
    expect(standingText({ ...standing, marked: marked.slice(2) })).toBe('tests 100 % · consensus 0.95');
    expect(markedCount(marked.slice(0, 1))).toBe('1 review that nothing shows');
    expect(markLines(marked).at(-1)).toBe('unknown: its CLI does not tell what it looked at');
  });

  it('is told beside the vote of whoever raised a finding', () => {
    const finding = { severity: 'warning', text: 'Slow', index: 0 } as const;
    const remark = { by: 'missed', iteration: 2, finding, item: null } as const;
    expect(remarkLabel(remark, loopView({ consensus }), [])).toContain('voted 0.95 · missed a seeded fault');
    expect(remarkLabel({ ...remark, iteration: 1 }, loopView({ consensus }), [])).not.toContain('missed');
  });
});
