import { attemptKeyOf } from '../attempt-key.ts';
import type { AgentExit, LoopEvent } from '../../domain/loop/events.ts';
import type { LoopState } from '../../domain/loop/state.ts';
import type {
  AttemptLook,
  BatchLook,
  FolderLook,
  KeyLook,
  Listener,
  StoreLook,
} from '../../ports/health-probes.ts';
import type { LedgerEntry } from '../../ports/journal.ts';
import type { AttemptSpec } from '../../protocol/attempt.ts';

export interface AttemptFact {
  readonly agentId: string;
  readonly folder: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly exit: AgentExit | null;
  /** Null when the attempt's folder is gone. */
  readonly spec: AttemptSpec | null;
  readonly look: AttemptLook | null;
}

/** What is known of one loop; gathered first, so that judging it is pure. */
export interface ComplianceFacts {
  readonly state: LoopState;
  readonly events: readonly LoopEvent[];
  readonly attempts: readonly AttemptFact[];
  readonly ledger: readonly LedgerEntry[];
  readonly store: StoreLook;
  /** The loop's keys as they stand in the store now; null when it does not run. */
  readonly keys: readonly KeyLook[] | null;
  /** Who listens on the store's port. */
  readonly listeners: readonly Listener[];
  readonly batches: BatchLook | null;
  readonly logLines: number;
  readonly stateFolder: FolderLook;
  /** Whether a living process writes the loop's journal. */
  readonly held: boolean;
  readonly secrets: {
    /** Texts that were looked through. */
    readonly events: number;
    readonly files: number;
    /** Where something that looks like a key was found. */
    readonly found: readonly string[];
  };
}

/** Attempts in the order of their start, with their end. */
export function attemptsOf(events: readonly LoopEvent[]): readonly Omit<AttemptFact, 'spec' | 'look'>[] {
  const ends = new Map(
    events.flatMap((event) =>
      event.type === 'AgentExited'
        ? [[attemptKeyOf(event), { exit: event.exit, at: event.at }] as const]
        : [],
    ),
  );
  return events.flatMap((event) => {
    if (event.type !== 'AgentStarted') return [];
    const end = ends.get(attemptKeyOf(event));
    return [
      {
        agentId: event.agentId,
        folder: event.folder,
        startedAt: event.at,
        endedAt: end?.at ?? null,
        exit: end?.exit ?? null,
      },
    ];
  });
}
