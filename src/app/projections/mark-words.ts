import type { MarkedReview, ReviewMark } from '../../domain/review-marks.ts';

const WORDS: Readonly<Record<ReviewMark, string>> = {
  'nothing-opened': 'opened no changed file and ran nothing',
  'too-short': 'took less than 5 s',
  'same-words': 'says what an earlier review said',
  'missed-fault': 'missed a seeded fault',
  'not-known': 'its CLI does not tell what it looked at',
};

/** `validator-1 approved: opened no changed file and ran nothing, took less than 5 s` */
export const markLine = ({ agentId, marks }: MarkedReview): string =>
  `${agentId} ${marks.includes('missed-fault') ? 'judged' : 'approved'}: ${marks.map((mark) => WORDS[mark]).join(', ')}`;
