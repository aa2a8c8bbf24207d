/** What a tree shows, as plain data: the provider only copies it into tree items. */
import type { AgentView } from '../../app/projections/loop-view.ts';

export interface Icon {
  /** A codicon's name. */
  readonly id: string;
  /** A theme colour's id; words never depend on it. */
  readonly color?: string;
}

interface RowBase {
  /** Stable over refreshes, so that folds and selection are kept. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** What of it is drawn at once when it changes; ages and counts wait for the next round. */
  readonly state: string;
  /** Asked for when the pointer rests on the row: it tells ages to the second. */
  readonly tooltip: (now: number) => string;
  readonly icon: Icon;
  /** Words that menus look for. */
  readonly context: string;
  readonly expanded: boolean;
  /** Those of an agent's files are made when they are asked for: there are many, and most are folded away. */
  readonly children: readonly Row[];
  /** Of the loop that it is about; '' for rows of none. */
  readonly taskId: string;
}
export interface LoopRow extends RowBase {
  readonly kind: 'loop';
}
export interface AgentRow extends RowBase {
  readonly kind: 'agent';
  readonly agent: AgentView;
  /** What it has changed so far. */
  readonly files: AgentView['files'];
}
export interface GroupRow extends RowBase {
  readonly kind: 'group';
}
export interface FileRow extends RowBase {
  readonly kind: 'file';
  /** Relative to the repository's root, with slashes. */
  readonly path: string;
  readonly agent: AgentView;
}
export interface InboxRow extends RowBase {
  readonly kind: 'inbox';
  readonly agentId: string | null;
  /** Of the matter, also while it is put off. */
  readonly itemId: string;
}
/** A worktree that no loop made. */
export interface WorktreeRow extends RowBase {
  readonly kind: 'worktree';
  /** Absolute. */
  readonly path: string;
}
export type Row = LoopRow | AgentRow | GroupRow | FileRow | InboxRow | WorktreeRow;

/** Colours of icons; what they say stands in words too. */
export const OK = 'charts.green';
export const WARN = 'list.warningForeground';
export const ERROR = 'list.errorForeground';
