/** The seven hand-overs; pure. */
import { l10n } from 'vscode';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { PanelLoop, PanelPoint } from '../../protocol/panel-loop.ts';

const POINTS = [
  [l10n.t('Task'), l10n.t('Coordinator → implementers'), true],
  [l10n.t('Output'), l10n.t('Implementers → coordinator'), false],
  [l10n.t('Extract'), l10n.t('Results → feedback'), false],
  [l10n.t('Mean'), l10n.t('Results → confidence'), false],
  [l10n.t('Gate'), l10n.t('Implement → gate'), false],
  [l10n.t('Review'), l10n.t('Gate → validators and product owner'), true],
  [l10n.t('Final'), l10n.t('Decision → record'), false],
] as const;

export function panelPoints(view: LoopView): PanelPoint[] {
  return POINTS.map(([name, way, hasPrompts], index) => {
    const point = index + 1;
    const written = view.transferPoints.filter((each) => each.point === point);
    const last = written.at(-1);
    return {
      point,
      name,
      way,
      state: last ? (written.every((each) => each.verified) ? 'verified' : 'differs') : 'open',
      iteration: last?.iteration ?? null,
      key: last?.key ?? null,
      sha256: last?.sha256 ?? null,
      edited: last?.edited ?? false,
      breakpoint: view.breakpoints.includes(point),
      comparable: last !== undefined && written.some((each) => each.iteration === last.iteration - 1),
      hasPrompts,
    };
  });
}

export function panelHeld({ held }: LoopView): PanelLoop['held'] {
  if (!held) return null;
  const name = POINTS[held.point - 1]?.[0] ?? '';
  return {
    point: held.point,
    since: held.since,
    title: l10n.t('Held by you before TP {0}, {1}', held.point, name),
  };
}
