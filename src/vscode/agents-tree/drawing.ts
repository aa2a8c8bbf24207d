/** When a tree is drawn, and what of it. */
import { coalesce } from '../../base/coalesce.ts';
import type { Disposable } from '../../base/emitter.ts';
import type { Row } from './row.ts';
import { createShownRows } from './shown-rows.ts';

/** Many changes in a burst are one drawing, and there are at most ten of them a second. */
const COALESCE_MS = 100;

export interface DrawingDeps {
  /** `figures`: with ages and counts as they are now. */
  readonly rows: (figures: boolean) => readonly Row[];
  readonly isVisible: () => boolean;
  /** Undefined: the whole tree. */
  readonly draw: (rows: Row[] | undefined) => void;
}

export interface Drawing extends Disposable {
  readonly roots: () => readonly Row[];
  /** Something may have changed; ages and counts alone wait for `figures`. */
  readonly soon: () => void;
  /** At once, ages and counts too. */
  readonly figures: () => void;
}

/** Nothing is worked out while nobody can see it. */
export function createDrawing({ rows, isVisible, draw }: DrawingDeps): Drawing {
  const shown = createShownRows();
  const update = (figures: boolean): void => {
    if (!isVisible()) return;
    const redraw = shown.update(rows(figures), figures);
    if (redraw.all) draw(undefined);
    else if (redraw.rows.length > 0) draw([...redraw.rows]);
  };
  const { soon, dispose } = coalesce(COALESCE_MS, () => update(false));
  return { roots: shown.roots, soon, figures: () => update(true), dispose };
}
