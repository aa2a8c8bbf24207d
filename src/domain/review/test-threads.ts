/** Loops whose validators say what a test wants, for tests of reviews. */
import { implementer, owner, startedLoop, type Answers, type TestLoop } from '../loop/test-loop.ts';
import type { Finding } from '../loop/model.ts';
import type { LoopConfig } from '../loop/config.ts';
import type { Review, ReviewItem } from './review.ts';
import { threadsOf, type Thread } from './thread.ts';

export const finding = (change: Partial<Finding> = {}): Finding => ({
  severity: 'warning',
  text: 'The refresh token survives logout',
  file: 'src/auth.ts',
  line: 12,
  ...change,
});

export const comment = (change: Partial<ReviewItem> = {}): ReviewItem => ({
  id: 'c1',
  kind: 'comment',
  file: 'src/auth.ts',
  line: 3,
  endLine: null,
  quote: 'const a = 1;',
  text: 'Use the same transaction',
  ...change,
});

export const reviewOf = (iteration: number, ...items: readonly ReviewItem[]): Review => ({
  commit: `integrated-${iteration}`,
  revised: null,
  items,
});

/** What validators find, by iteration and agent; whoever finds nothing agrees. */
export type Found = Readonly<Record<number, Readonly<Record<string, readonly Finding[]>>>>;

export const finds =
  (found: Found, change: Partial<Answers> = {}): Answers['agent'] =>
  (agentId, role, iteration, attempt) => {
    if (role === 'implementer') return change.agent?.(agentId, role, iteration, attempt) ?? implementer(0.95);
    if (role === 'product-owner') return owner('PROCEED');
    const findings = found[iteration]?.[agentId] ?? [];
    return { result: { role, score: findings.length > 0 ? 0.5 : 0.95, findings, confirmed: [] } };
  };

/** A loop that waits for a person's decision after each iteration that reached consensus. */
export function reviewedLoop(found: Found, change: Partial<LoopConfig> = {}): TestLoop {
  const loop = startedLoop({ decidedBy: 'agent-then-person', consensusThreshold: 0.6, ...change });
  loop.run({ agent: finds(found) });
  return loop;
}

export function threadsIn(loop: TestLoop): readonly Thread[] {
  if (!loop.state) throw new Error('The loop was not started');
  return threadsOf(loop.state);
}
