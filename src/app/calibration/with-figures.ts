import { claimantKey, type Calibration } from '../../domain/calibration/calibration.ts';
import type { LoopView } from '../projections/loop-view.ts';

/** Views with what is known of their agents' kind; those of which nothing was judged stay as they are. */
export function withFigures(entries: readonly Calibration[]): (view: LoopView) => LoopView {
  const judged = entries.filter(({ runs }) => runs > 0);
  const known = new Map(judged.map((entry) => [claimantKey(entry), entry]));
  if (known.size === 0) return (view) => view;
  return (view) => ({
    ...view,
    agents: view.agents.map((agent) => {
      const calibration = known.get(claimantKey(agent));
      return calibration === undefined ? agent : { ...agent, calibration };
    }),
  });
}
