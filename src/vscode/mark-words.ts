/** What nothing shows of an approving review, where its score stands; pure. */
import { l10n } from 'vscode';
import type { AgentView, LoopView } from '../app/projections/loop-view.ts';
import type { MarkedReview, ReviewMark } from '../domain/review-marks.ts';

const MARK: Readonly<Record<ReviewMark, string>> = {
  'nothing-opened': l10n.t('opened no changed file and ran nothing'),
  'too-short': l10n.t('took less than 5 s'),
  'same-words': l10n.t('says what an earlier review said'),
  'missed-fault': l10n.t('missed a seeded fault'),
  'not-known': l10n.t('its CLI does not tell what it looked at'),
};

export const markWords = (marks: readonly ReviewMark[]): readonly string[] => marks.map((mark) => MARK[mark]);

/** Not where it is only not known how somebody looked, which is no reproach. */
export const isReproach = ({ marks }: Pick<MarkedReview, 'marks'>): boolean =>
  marks.some((mark) => mark !== 'not-known');

/** Of the review whose score the agent has now; none where that score is of another iteration than the consensus. */
export function marksOf(
  { consensus }: Pick<LoopView, 'consensus'>,
  { id, iteration, score }: Pick<AgentView, 'id' | 'iteration' | 'score'>,
): readonly ReviewMark[] {
  if (score === null || consensus?.iteration !== iteration) return [];
  return consensus.marked?.find(({ agentId }) => agentId === id)?.marks ?? [];
}

/** In a row's few words; null where there is nothing to hold against it. */
export function shortMark(marks: readonly ReviewMark[]): string | null {
  if (marks.includes('missed-fault')) return MARK['missed-fault'];
  return isReproach({ marks }) ? l10n.t('nothing shows that it looked') : null;
}

/** `1 approval that nothing shows`; null where there is none. */
export function markedCount(marked: readonly MarkedReview[]): string | null {
  const held = marked.filter(isReproach).length;
  if (held === 0) return null;
  return held === 1 ? l10n.t('1 review that nothing shows') : l10n.t('{0} reviews that nothing shows', held);
}

export const markLines = (marked: readonly MarkedReview[]): readonly string[] =>
  marked.map(({ agentId, marks }) => `${agentId}: ${markWords(marks).join(', ')}`);
