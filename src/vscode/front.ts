import type * as vscode from 'vscode';
import type { LoopView } from '../app/projections/loop-view.ts';
import type { AgentsPanel } from './agents-page/agents-panel.ts';
import type { DoctorPanel } from './doctor/doctor-panel.ts';
import type { Trees } from './agents-tree/tree.ts';
import type { HealthWatch } from './health.ts';
import type { Inbox } from './inbox/inbox.ts';
import type { EditorModels } from './language-models/language-models.ts';
import type { Loops } from './loops.ts';
import type { Messages } from './messages.ts';
import type { Telemetry } from './telemetry/telemetry.ts';
import type { Review } from './review/review.ts';
import type { HunkReview } from './review-hunks/hunk-review.ts';
import type { AgentTerminals } from './terminals/terminal-runtime.ts';

/** What commands work with. */
export interface Front {
  readonly loops: Loops;
  readonly messages: Messages;
  readonly channel: vscode.LogOutputChannel;
  readonly terminals: AgentTerminals;
  /** Remembers choices of this repository. */
  readonly memory: vscode.Memento;
  readonly secrets: vscode.SecretStorage;
  readonly inbox: Inbox;
  readonly trees: Pick<Trees, 'wishes' | 'refresh'>;
  readonly doctor: DoctorPanel;
  readonly agents: AgentsPanel;
  readonly health: HealthWatch;
  readonly telemetry: Telemetry;
  /** Loads it if need be. */
  review(): Promise<Review>;
  /** Loads it if need be. */
  hunks(): Promise<HunkReview>;
  /** The editor's own language models. Loads what asks them if need be. */
  models(): Promise<EditorModels>;
  /** Opens the coordination view, with the key of this name in it where one is given. */
  showCoordination(key: string | null): void;
  /** Opens the loop's panel, or the empty one. */
  showPanel(taskId: string | null): void;
}

/**
 * A command's body; it gets what its menu hands over, which is checked before use. `selected`: all selected rows of a
 * tree, where the command was asked for on one of several.
 */
export type Command = (front: Front, argument: unknown, selected?: unknown) => Promise<void>;

export type LoopFilter = (view: LoopView) => boolean;
