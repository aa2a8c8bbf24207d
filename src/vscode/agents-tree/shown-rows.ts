/** Which rows of a tree have to be drawn again, so that the others stay as they are under a pointer. */
import type { AgentRow, Row } from './row.ts';

export interface Redraw {
  /** The list of the outermost rows is another one. */
  readonly all: boolean;
  /** Rows that look different or have other rows below them. What lies below one of them is drawn with it. */
  readonly rows: readonly Row[];
}

export interface ShownRows {
  /** The same objects for as long as there is a row of that id: an editor knows rows by their identity. */
  readonly roots: () => readonly Row[];
  /**
   * Takes over what is to be shown now. Without `figures`, rows of which only ages and counts differ keep their
   * words; a later call with it draws them.
   */
  update(next: readonly Row[], figures: boolean): Redraw;
}

type Files = AgentRow['files'];

const samePaths = (before: Files, after: Files): boolean =>
  before === after ||
  (before.length === after.length && before.every(({ path }, index) => path === after[index]?.path));

const sameCounts = (before: Files, after: Files): boolean =>
  before === after ||
  before.every(
    ({ added, removed }, index) => added === after[index]?.added && removed === after[index].removed,
  );

function filesDiffer(before: Row, after: Row, figures: boolean): boolean {
  if (before.kind !== 'agent' || after.kind !== 'agent') return false;
  if (!samePaths(before.files, after.files)) return true;
  return figures && !sameCounts(before.files, after.files);
}

/** `before` as it is drawn, `after` as it should be; of what is below them an agent's files alone are looked at. */
export function looksDifferent(before: Row, after: Row, figures: boolean): boolean {
  return (
    before.label !== after.label ||
    before.state !== after.state ||
    (figures && before.description !== after.description) ||
    before.icon.id !== after.icon.id ||
    before.icon.color !== after.icon.color ||
    before.context !== after.context ||
    before.expanded !== after.expanded ||
    filesDiffer(before, after, figures)
  );
}

const sameList = (before: readonly Row[], after: readonly Row[]): boolean =>
  before.length === after.length && before.every(({ id }, index) => id === after[index]?.id);

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What commands and tooltips read, which is never older than the loop; what is drawn stays. */
function renew(before: Writable<Row>, after: Row): void {
  before.tooltip = after.tooltip;
  if (before.kind === 'agent' && after.kind === 'agent') before.agent = after.agent;
}

export function createShownRows(): ShownRows {
  let known: ReadonlyMap<string, Row> = new Map();
  let roots: readonly Row[] = [];

  function update(next: readonly Row[], figures: boolean): Redraw {
    const kept = new Map<string, Row>();
    const redrawn: Row[] = [];
    const all = !sameList(roots, next);

    /** `drawn`: it is drawn anyway, with a row above it. */
    const take = (after: Row, drawn: boolean): Row => {
      const before = known.get(after.id);
      const draws =
        drawn ||
        before === undefined ||
        !sameList(before.children, after.children) ||
        looksDifferent(before, after, figures);
      const children = after.children.map((child) => take(child, draws));
      const row = before ?? { ...after };
      if (draws) Object.assign(row, after, { children });
      else renew(row, after);
      kept.set(row.id, row);
      if (draws && !drawn) redrawn.push(row);
      return row;
    };

    roots = next.map((row) => take(row, all));
    known = kept;
    return { all, rows: redrawn };
  }

  return { roots: () => roots, update };
}
