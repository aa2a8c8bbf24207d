import { ok, type Result } from '../../base/result.ts';
import type {
  AttemptProbe,
  FolderLook,
  HolderProbe,
  IndexProbe,
  LogProbe,
  MachineProbe,
  StoreProbe,
} from '../../ports/health-probes.ts';
import type { Ledger, LoopStore } from '../../ports/journal.ts';
import { attemptSpecSchema, type AttemptSpec } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import { isKeyOfTask, KEY_PATTERNS } from '../../protocol/keys.ts';
import type { LoopError } from '../loop-service.ts';
import { readLoop } from '../stored-loop.ts';
import { type Box, type BoxState } from './box.ts';
import { attemptsOf, type AttemptFact, type ComplianceFacts } from './compliance-facts.ts';
import { COORDINATION_BOXES } from './coordination-boxes.ts';
import { DEFENSIVE_BOXES } from './defensive-boxes.ts';
import { PERFORMANCE_BOXES } from './performance-boxes.ts';
import { SECURITY_BOXES } from './security-boxes.ts';

/** The seeds' implementation checklist, in its order. */
export const BOXES: readonly Box[] = [
  ...DEFENSIVE_BOXES,
  ...COORDINATION_BOXES,
  ...SECURITY_BOXES,
  ...PERFORMANCE_BOXES,
];

export interface JudgedBox extends Pick<Box, 'id' | 'group' | 'box' | 'how'> {
  readonly state: BoxState;
  readonly proof: string;
}

export interface ComplianceReport {
  readonly taskId: string;
  readonly met: number;
  readonly notMet: number;
  readonly notApplicable: number;
  readonly boxes: readonly JudgedBox[];
}

export interface ComplianceDeps {
  readonly loops: LoopStore;
  readonly ledger: Ledger;
  readonly holders: HolderProbe;
  readonly attempts: AttemptProbe;
  readonly store: StoreProbe;
  readonly index: IndexProbe;
  readonly log: LogProbe;
  readonly machine: MachineProbe;
  readonly stateFolder: string;
  /** Replaces what looks like a key. */
  readonly redact: (text: string) => string;
  /** Texts of the files that the loop changed, as its newest commit has them. */
  readonly changedFiles: (
    taskId: string,
  ) => Promise<readonly { readonly path: string; readonly text: string }[]>;
}

export function judgeBoxes(taskId: string, facts: ComplianceFacts): ComplianceReport {
  const boxes = BOXES.map((one) => {
    const { id, group, box, how } = one;
    return { id, group, box, how, ...one.judge(facts) };
  });
  const count = (state: BoxState) => boxes.filter((box) => box.state === state).length;
  return {
    taskId,
    met: count('met'),
    notMet: count('not met'),
    notApplicable: count('not applicable'),
    boxes,
  };
}

/** Measures one loop and judges every box by what was measured. */
export async function complianceOf(
  deps: ComplianceDeps,
  taskId: string,
  signal: AbortSignal,
): Promise<Result<ComplianceReport, LoopError>> {
  const stored = await readLoop(deps.loops, taskId);
  if (!stored.ok) return stored;
  const { state, events } = stored.value;
  const store = await deps.store.look(signal);
  const [attempts, ledger, keys, listeners, batches, logLines, stateFolder, holder, secrets] =
    await Promise.all([
      Promise.all(attemptsOf(events).map((attempt) => withFolder(deps, attempt))),
      deps.ledger.entries(taskId),
      store.kind === 'answers' ? keysOf(deps, taskId, signal) : null,
      store.port === null ? null : deps.machine.listeners([store.port], signal),
      deps.index.batches(taskId),
      deps.log.linesOf(taskId),
      deps.machine.folder(deps.stateFolder) satisfies Promise<FolderLook>,
      deps.holders.holder(taskId),
      secretsIn(deps, taskId, events),
    ]);
  const report = judgeBoxes(state.config.taskId, {
    state,
    events,
    attempts,
    ledger,
    store,
    keys,
    listeners: listeners?.ok ? listeners.value : [],
    batches,
    logLines,
    stateFolder,
    held: holder?.state === 'alive' || holder?.state === 'unknown',
    secrets,
  });
  return ok(report);
}

async function withFolder(
  deps: ComplianceDeps,
  attempt: Omit<AttemptFact, 'spec' | 'look'>,
): Promise<AttemptFact> {
  const text = await deps.machine.text(`${attempt.folder}/${ATTEMPT_FILES.spec}`);
  return {
    ...attempt,
    look: await deps.attempts.look(attempt.folder),
    spec: text.ok && text.value !== null ? specIn(text.value) : null,
  };
}

function specIn(text: string): AttemptSpec | null {
  try {
    const parsed = attemptSpecSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** More than any loop makes; a bound all the same. */
const MOST_KEYS = 2000;

async function keysOf(
  deps: ComplianceDeps,
  taskId: string,
  signal: AbortSignal,
): Promise<ComplianceFacts['keys']> {
  const found = await deps.store.keys({ pattern: KEY_PATTERNS.ofTask(taskId), limit: MOST_KEYS }, signal);
  return found.ok ? found.value.filter(({ name }) => isKeyOfTask({ taskId }, name)) : null;
}

async function secretsIn(
  deps: ComplianceDeps,
  taskId: string,
  events: readonly unknown[],
): Promise<ComplianceFacts['secrets']> {
  const files = await deps.changedFiles(taskId);
  const shows = (text: string) => deps.redact(text) !== text;
  const marked = events.filter((event) => shows(JSON.stringify(event))).length;
  const found = files.filter(({ text }) => shows(text)).map(({ path }) => path);
  return {
    events: events.length,
    files: files.length,
    found: [...(marked === 0 ? [] : [`${marked} journal events`]), ...found],
  };
}
