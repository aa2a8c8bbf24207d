import type { Calibration, CalibrationBadge } from '../../domain/calibration/calibration.ts';

export const BADGE_WORDS: Readonly<Record<CalibrationBadge, string>> = {
  'over-confident': 'over-confident',
  'too-few-runs': 'too few runs',
};

/** `over-confident`, where that is so. */
export const overConfidence = ({ badge }: Pick<Calibration, 'badge'>): string | null =>
  badge === 'over-confident' ? BADGE_WORDS[badge] : null;
