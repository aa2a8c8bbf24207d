import type { ComplianceFacts } from './compliance-facts.ts';

export type BoxState = 'met' | 'not met' | 'not applicable';
export const BOX_GROUPS = ['Defensive', 'Coordination', 'Security', 'Performance'] as const;

export interface Judgement {
  readonly state: BoxState;
  /** What was measured, in one sentence. */
  readonly proof: string;
}

/** One box of the seeds' implementation checklist. No box has a state by itself: it is judged from facts. */
export interface Box {
  readonly id: `DP-${number}`;
  readonly group: (typeof BOX_GROUPS)[number];
  /** The checklist's sentence. */
  readonly box: string;
  /** How loops meet it. */
  readonly how: string;
  judge(facts: ComplianceFacts): Judgement;
}

export const judged = (met: boolean, proof: string): Judgement => ({ state: met ? 'met' : 'not met', proof });
export const notApplicable = (proof: string): Judgement => ({ state: 'not applicable', proof });
