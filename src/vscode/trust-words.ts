/** What agents claimed against what held, put into words; pure. */
import { l10n } from 'vscode';
import type { AgentView } from '../app/projections/loop-view.ts';
import type { PanelTrust } from '../protocol/panel-loop.ts';

type Figures = Pick<AgentView, 'role' | 'calibration'>;

/** `said 0.92 on average, was right in 6 of 10: over-confident`; null where nothing of its kind was judged yet. */
export function trustText({ role, calibration }: Figures): string | null {
  if (!calibration || calibration.claimed === null) return null;
  const { claimed, held, runs, badge } = calibration;
  const mean = claimed.toFixed(2);
  const said =
    role === 'validator'
      ? l10n.t('scored {0} on average, and the work was good in {1} of {2}', mean, held, runs)
      : l10n.t('said {0} on average, was right in {1} of {2}', mean, held, runs);
  if (badge === 'over-confident') return l10n.t('{0}: over-confident', said);
  return badge === 'too-few-runs' ? l10n.t('{0}: too few runs to tell', said) : said;
}

/** What stands beside a claim; null for too few runs, of which nothing can be told at a glance. */
export function panelTrust(agent: Figures | undefined): PanelTrust | null {
  const text = agent ? trustText(agent) : null;
  const { calibration } = agent ?? {};
  if (text === null || !calibration || calibration.badge === 'too-few-runs') return null;
  const { badge, held, runs } = calibration;
  const over = badge === 'over-confident';
  // A validator that scored bad work low was right as well.
  const share =
    agent?.role === 'validator'
      ? l10n.t('{0} of {1} good', held, runs)
      : l10n.t('{0} of {1} right', held, runs);
  return { over, badge: over ? l10n.t('over-confident') : share, text };
}
