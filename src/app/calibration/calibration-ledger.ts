import * as z from 'zod';
import { calibrate, type Calibration, type Prediction } from '../../domain/calibration/calibration.ts';
import { predictionsOf } from '../../domain/calibration/outcomes.ts';
import { verdictOf, type PersonVerdict } from '../../domain/calibration/person-verdict.ts';
import { ROLES } from '../../domain/loop/model.ts';
import type { HomeGit, Integration } from '../../ports/home-git.ts';
import type { LoopDeps } from '../loop-deps.ts';
import type { LoopView } from '../projections/loop-view.ts';
import { readLoop } from '../stored-loop.ts';
import { withFigures } from './with-figures.ts';

export interface CalibrationDeps extends Pick<LoopDeps, 'store' | 'files' | 'logger'> {
  readonly repository: { readonly home: Pick<HomeGit, 'integrations'> };
}

/** What the agents of all loops of a repository claimed, and what held. */
export interface CalibrationLedger {
  /** Reads what is new since the last time: journals of loops that go on, and of those that ended since. */
  read(): Promise<readonly Calibration[]>;
  /** A view with what was read last; without any reading, as it is. */
  marked(view: LoopView): LoopView;
  /**
   * Somebody sees this view. Where it tells of an outcome that was not read yet, it is read now, once somebody has asked
   * for figures at all; `true` where figures changed.
   */
  seen(view: LoopView): Promise<boolean>;
}

const NAME = 'calibration';
/** Goes up with every change of what counts as an outcome, so that it is read from the journals again. */
const VERSION = 3;

const keptSchema = z.object({
  version: z.literal(VERSION),
  verdict: z.enum(['kept', 'rejected']).nullable(),
  predictions: z.array(
    z.object({
      preset: z.string(),
      model: z.string().nullable(),
      role: z.enum(ROLES),
      agentId: z.string(),
      iteration: z.number(),
      claimed: z.number(),
      held: z.boolean().nullable(),
      marked: z.literal(true).exactOptional(),
    }),
  ),
});

interface LoopPredictions {
  /** From then on another verdict of a person alone changes it. */
  readonly ended: boolean;
  readonly verdict: PersonVerdict;
  readonly predictions: readonly Prediction[];
}

export function createCalibrationLedger(deps: CalibrationDeps): CalibrationLedger {
  const ended = new Map<string, LoopPredictions>();
  const marks = new Map<string, string>();
  let known: readonly Calibration[] | null = null;
  let marked = withFigures([]);
  let last: Promise<unknown> = Promise.resolve();

  const readNow = async (): Promise<readonly Calibration[]> => {
    const verdicts = byLoop(await deps.repository.home.integrations());
    const all: Prediction[] = [];
    for (const taskId of await deps.store.list()) {
      const verdict = verdicts.get(taskId.toLowerCase()) ?? null;
      const loop = ended.get(taskId);
      const found = loop?.verdict === verdict ? loop : await readOne(deps, taskId, verdict);
      if (found === null) continue;
      if (found.ended) ended.set(taskId, found);
      all.push(...found.predictions);
    }
    const entries = calibrate(all);
    known = entries;
    marked = withFigures(entries);
    return entries;
  };
  /** One after the other, so that the newest reading is the one that is known. */
  const read = (): Promise<readonly Calibration[]> => {
    const mine = last.then(readNow, readNow);
    last = mine.catch(() => undefined);
    return mine;
  };
  return {
    read,
    marked: (view) => marked(view),
    seen: async (view) => {
      const mark = outcomeMark(view);
      const before = marks.get(view.taskId);
      marks.set(view.taskId, mark);
      if (known === null || before === mark) return false;
      const figures = JSON.stringify(known);
      return JSON.stringify(await read()) !== figures;
    },
  };
}

/** A loop that cannot be read counts for nothing; the doctor tells of it. */
async function readOne(
  deps: CalibrationDeps,
  taskId: string,
  verdict: PersonVerdict,
): Promise<LoopPredictions | null> {
  const kept = keptSchema.safeParse(await deps.files.read(taskId, NAME));
  if (kept.success && kept.data.verdict === verdict) return { ...kept.data, ended: true };
  const stored = await readLoop(deps.store, taskId);
  if (!stored.ok) return null;
  const { events, state } = stored.value;
  const predictions = predictionsOf(events, verdict);
  if (state.phase.kind !== 'finished') return { verdict, predictions, ended: false };
  await deps.files.write(taskId, NAME, { version: VERSION, verdict, predictions }).catch((error: unknown) => {
    deps.logger.warn(`What the agents of ${taskId} claimed could not be kept: ${String(error)}`);
  });
  return { verdict, predictions, ended: true };
}

/** @param integrations newest first */
function byLoop(integrations: readonly Integration[]): ReadonlyMap<string, PersonVerdict> {
  const steps = new Map<string, Integration[]>();
  for (const step of integrations) {
    const key = step.taskId.toLowerCase();
    steps.set(key, [...(steps.get(key) ?? []), step]);
  }
  return new Map(Array.from(steps, ([taskId, each]) => [taskId, verdictOf(each)]));
}

/** Changes whenever something was told of a claim of the loop. */
const outcomeMark = ({ gate, consensus, decision, outcome, home }: LoopView): string =>
  JSON.stringify([gate?.iteration, consensus?.iteration, decision?.iteration, outcome, home?.id]);
