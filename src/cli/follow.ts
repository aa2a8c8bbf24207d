import type { DecideRequest, LoopEnd, LoopHandle, LoopService } from '../app/loop-service.ts';
import { survivalLines, survivalTitle } from '../app/recovery/survival-lines.ts';
import { decisionFacts } from '../app/projections/decision-facts.ts';
import { nearlySpentText } from '../app/projections/inbox.ts';
import type { LoopView } from '../app/projections/loop-view.ts';
import type { Outcome } from '../domain/loop/model.ts';
import { askDecision } from './ask.ts';
import type { CliContext } from './context.ts';
import type { PublicEvent } from './event-lines.ts';
import type { Interruptions } from './interruptions.ts';
import { EXIT, printable, type Exit } from './io.ts';
import type { Reporter } from './reporter.ts';

export interface Follow {
  readonly context: CliContext;
  readonly service: LoopService;
  readonly handle: LoopHandle;
  readonly reporter: Reporter;
  readonly interruptions: Interruptions;
  readonly json: boolean;
  /** Events before this time (epoch ms) were told by an earlier command and are left out. */
  readonly since: number;
}

const OUTCOME_EXITS: Readonly<Record<Outcome, number>> = {
  PROCEED: EXIT.proceed,
  ABORT: EXIT.abort,
  EXHAUSTED: EXIT.exhausted,
  BUDGET: EXIT.budget,
  CANCELLED: EXIT.cancelled,
};

export function outcomeExit(outcome: Outcome): number {
  return OUTCOME_EXITS[outcome];
}

/** Shows a loop until it ends, waits for a person who is not here, or is let go. */
export async function follow(options: Follow): Promise<Exit> {
  const { context, service, reporter, interruptions } = options;
  const { io } = context;
  const stream = createEventStream(options);
  const views = service.onChange((view) => {
    if (view.taskId === options.handle.taskId) reporter.view(view);
  });
  const { person, asks } = whoIsHere(options);
  let handle = options.handle;
  interruptions.attach({
    cancel: () => {
      reporter.note('Cancelling the loop; Ctrl+C once more leaves at once.');
      void service.stop(handle.taskId).then((stopped) => {
        if (!stopped.ok) reporter.note(stopped.error.message);
      });
    },
  });
  let keepWaiting = false;
  try {
    stream.connect(handle);
    for (;;) {
      keepWaiting ||= person && interruptions.cancelled;
      const end = await Promise.race([handle.ended({ keepWaiting }), interruptions.detached]);
      if (typeof end === 'string') return end;
      if (end.kind === 'detached' && handle.heldElsewhere) {
        handle = await takeOver(options, handle);
        stream.connect(handle);
        continue;
      }
      if (end.kind !== 'waiting') return ended(end, stream, reporter);
      stream.makeSureOf('LoopWaiting');
      if (!asks) {
        tellHowToDecide(reporter, end.view);
        if (!person) return EXIT.waiting;
        keepWaiting = true;
        continue;
      }
      reporter.pause();
      const answer = await askDecision(io, {
        view: end.view,
        unconfirmed: stream.unconfirmed(),
        signal: AbortSignal.any([stream.movedOn(), interruptions.signal]),
        onInterrupt: () => interruptions.interrupt(),
      });
      if (answer === 'withdrawn') continue;
      if (answer === 'left') {
        tellHowToDecide(reporter, end.view);
        return EXIT.waiting;
      }
      handle = await decideHere(options, handle, answer);
      stream.connect(handle);
    }
  } finally {
    stream.dispose();
    views.dispose();
    reporter.close();
  }
}

/** `person`: somebody can see that the loop waits. `asks`: the question can be put on this very terminal. */
function whoIsHere({ context: { io }, json }: Follow): { readonly person: boolean; readonly asks: boolean } {
  const shown = io.stdout.isTTY === true;
  const person = io.stdin.isTTY === true && (shown || io.stderr.isTTY === true);
  return { person, asks: person && shown && !json };
}

async function decideHere(options: Follow, handle: LoopHandle, answer: DecideRequest): Promise<LoopHandle> {
  const decided = await options.service.decide(handle.taskId, answer);
  if (decided.ok) return decided.value;
  options.reporter.note(decided.error.message);
  return handle;
}

/** Nobody holds the followed loop any more, so it goes on here; unless another one was faster. */
async function takeOver({ service, reporter }: Follow, handle: LoopHandle): Promise<LoopHandle> {
  const resumed = await service.resume(handle.taskId);
  if (!resumed.ok) {
    reporter.note(`The process that ran the loop is gone. ${resumed.error.message}`);
    return { ...handle, heldElsewhere: false };
  }
  const where = resumed.value.heldElsewhere ? 'in another one' : 'here';
  reporter.note(`The process that ran the loop is gone; it goes on ${where}.`);
  return resumed.value;
}

function ended(end: Exclude<LoopEnd, { kind: 'waiting' }>, stream: EventStream, reporter: Reporter): number {
  if (end.kind === 'finished') {
    stream.makeSureOf('LoopFinished');
    return outcomeExit(end.outcome);
  }
  reporter.note('This command no longer follows the loop, which can be resumed: cfn resume.');
  return EXIT.internal;
}

function tellSurvived(reporter: Reporter, { survived }: LoopHandle): void {
  if (!survived) return;
  reporter.note(survivalTitle(survived));
  for (const line of survivalLines(survived)) reporter.note(`  ${printable(line)}`);
}

function tellHowToDecide(reporter: Reporter, view: LoopView): void {
  const message = view.waiting?.message ?? '';
  reporter.note(message === '' ? 'The loop waits for a person.' : printable(message));
  reporter.note(printable(decisionFacts(view).join(' · ')));
  reporter.note(
    `Decide with: cfn decide ${view.taskId} PROCEED|ITERATE|ABORT [--reason TEXT] [--feedback TEXT]`,
  );
}

/** What says that a loop no longer waits: an answer that somebody gave elsewhere, or its end. */
const MOVES_ON = new Set(['LoopResumed', 'DecisionMade', 'LoopFinished']);

interface EventStream {
  /** Events go on where they stopped, also when a loop changes its handle. */
  connect(handle: LoopHandle): void;
  /** A loop that ended or waited before it was followed still has that told, once. */
  makeSureOf(type: 'LoopFinished' | 'LoopWaiting'): void;
  unconfirmed(): readonly string[];
  /** Aborted once a waiting loop goes on without an answer from here. */
  movedOn(): AbortSignal;
  dispose(): void;
}

function createEventStream(options: Follow): EventStream {
  let seen = 0;
  const newest = new Map<unknown, { readonly event: PublicEvent; readonly told: boolean }>();
  let subscription: { dispose(): void } | null = null;
  let connected: LoopHandle | null = null;
  let moved = new AbortController();
  const unconfirmed = new Set<string>();

  const take = (event: PublicEvent) => {
    // Of these one agent alone is moved: the loop waits as before.
    const ofAgent = event['for'] === 'question';
    if (MOVES_ON.has(String(event['type'])) && !ofAgent) moved.abort();
    if (event['type'] === 'GateChecked') noteUnconfirmed(event, unconfirmed);
    const told = !(Date.parse(String(event['at'])) < options.since);
    if (!ofAgent) newest.set(event['type'], { event, told });
    if (!told) return;
    // Without --json it is said once, on standard error, where whoever keeps the output looks for trouble.
    const warning = nearlySpentIn(event);
    if (warning !== null) options.reporter.note(warning);
    if (warning === null || options.json) options.reporter.event(event);
  };
  return {
    connect: (handle) => {
      if (handle === connected) return;
      connected = handle;
      subscription?.dispose();
      tellSurvived(options.reporter, handle);
      let index = 0;
      subscription = handle.onPublicEvent(
        (event) => {
          index += 1;
          if (index <= seen) return;
          seen = index;
          take(event);
        },
        { replay: true },
      );
      options.reporter.view(handle.view());
    },
    makeSureOf: (type) => {
      const last = newest.get(type);
      if (!last || last.told) return;
      newest.set(type, { ...last, told: true });
      options.reporter.event(last.event);
    },
    unconfirmed: () => [...unconfirmed],
    movedOn: () => {
      moved = new AbortController();
      return moved.signal;
    },
    dispose: () => subscription?.dispose(),
  };
}

function nearlySpentIn({ type, spentUsd, budgetUsd }: PublicEvent): string | null {
  return type === 'BudgetWarned' && typeof spentUsd === 'number' && typeof budgetUsd === 'number'
    ? nearlySpentText(spentUsd, budgetUsd)
    : null;
}

function noteUnconfirmed(event: PublicEvent, unconfirmed: Set<string>): void {
  unconfirmed.clear();
  const items: unknown = event['unconfirmed'];
  for (const item of Array.isArray(items) ? items : []) if (typeof item === 'string') unconfirmed.add(item);
}
