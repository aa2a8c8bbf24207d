import { expect, it } from 'vitest';
import { whyFacts } from '../../app/loop-facts.ts';
import { agentView, loopView } from '../test-views.ts';
import { plain, statusAnswer, whyAnswer } from './answers.ts';

const at = { taskId: 't', iteration: 1, at: '', correlation: '' };
const HISTORY = [
  {
    ...at,
    type: 'EvidenceCollected',
    run: 'left',
    command: 'npm test',
    status: 'failed',
    passed: 7,
    failed: 3,
    skipped: 0,
  },
  {
    ...at,
    type: 'AgentExited',
    agentId: 'backend-1',
    attempt: 2,
    ending: 'idle',
    exitCode: null,
    defaulted: true,
  },
  {
    ...at,
    type: 'GateChecked',
    passed: false,
    threshold: 0.75,
    actualConfidence: 0.91,
    evidence: 'failed',
    reasons: ['3 of 10 checks fail'],
  },
  {
    ...at,
    type: 'ConsensusChecked',
    passed: false,
    threshold: 0.9,
    score: 0.6,
    votes: [
      { agentId: 'v1', score: 0.9 },
      { agentId: 'v2', score: 0.3 },
      { agentId: 'v3', score: null },
    ],
    vetoes: ['v2'],
    dissent: ['v2'],
  },
  { ...at, type: 'DecisionMade', decision: 'ITERATE', by: 'po', reason: 'Not yet.', defaulted: false },
];

it('says why from the journal: gate with reasons, evidence, failures, votes, dissent, decision, feedback', () => {
  const view = loopView({ feedback: ['Fix the three tests'] });
  expect(whyAnswer(view, whyFacts(view, HISTORY, null))).toBe(
    `**Add JWT authentication to the API**: implementing · iteration 1 of 10 · $0.00.

**Iteration 1**
- The gate failed: evidence failed, confidence 0.91, needs 0.75.
  - 3 of 10 checks fail
  - We ran \`npm test\`: failed, 7 passed, 3 failed.
- backend\\-1 ended as idle in attempt 2.
- Consensus 0.60, needs 0.90: missed (v1 0.90, v2 0.30, v3 no vote).
  - Stopped by what v2 proved.
  - Dissent: v2.
- ITERATE, decided by po: Not yet.

The next iteration is told:
- Fix the three tests

_From the journal of add\\-jwt\\-7k2m; no model was asked._`,
  );
});

it('says that there is nothing yet rather than making something up', () => {
  expect(whyAnswer(loopView(), whyFacts(loopView(), [], null))).toContain(
    'No gate, vote or decision has been journaled for it yet.',
  );
  expect(statusAnswer([])).toBe('No loop has run in this repository yet.');
});

it('says where each loop is, and what each agent of a single one does', () => {
  const agents = [agentView({ id: 'backend-1', preset: 'claude', state: 'working' })];
  const waiting = { for: 'decision', since: 0, message: 'Decide iteration 1.' } as const;
  const view = loopView({ agents, waiting, costUsd: 0.84 });
  expect(statusAnswer([view])).toBe(
    `- **Add JWT authentication to the API**: decision due · iteration 1 of 10 · $0.84. Decide iteration 1.
  - backend\\-1 · claude · working`,
  );
  const questions = [{ id: 'q1', at: 0, text: '[x](command:evil)?', choices: [] }];
  const asking = agentView({ id: 'api', state: 'working', status: 'waiting-for-you', questions });
  expect(statusAnswer([loopView({ agents: [asking] })])).toContain(
    String.raw`  - api · demo · waiting for you · asks: \[x\]\(command:evil\)?`,
  );
  expect(statusAnswer([view, view]).split('\n')).toHaveLength(2);
});

it('shows hostile names and words as text', () => {
  expect(plain('[x](command:evil) <b>`$(sync)`\u202E')).toBe(
    String.raw`\[x\]\(command:evil\) \<b\>\`\$\(sync\)\`·`,
  );
  const hostile = loopView({ description: '![](https://x/y.png) [Go](command:cfn.stopLoop)' });
  expect(statusAnswer([hostile])).not.toMatch(/[^\\]\]\(/);
  const command = { ...HISTORY[0], command: 'a ` b [x](command:y)' };
  expect(whyAnswer(loopView(), whyFacts(loopView(), [command], null))).toContain("`a ' b [x](command:y)`");
});
