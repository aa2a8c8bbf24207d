/** The seven hand-overs; pure. */
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { PanelLoop, PanelPoint } from '../../protocol/panel-loop.ts';

const POINTS = [
  ['Task', 'Coordinator → implementers', true],
  ['Output', 'Implementers → coordinator', false],
  ['Extract', 'Results → feedback', false],
  ['Mean', 'Results → confidence', false],
  ['Gate', 'Implement → gate', false],
  ['Review', 'Gate → validators and product owner', true],
  ['Final', 'Decision → record', false],
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
  return { point: held.point, since: held.since, title: `Held by you before TP ${held.point}, ${name}` };
}
