import type { AgentExit, StopCause } from '../../domain/agents/ending.ts';
import type { AgentProvider, SessionTotals } from '../../ports/agent-provider.ts';
import type { AcpConversation } from './acp/acp-client.ts';
import type { AgentProcess, StartAgent } from './agent-process.ts';
import type { AttemptOutput } from './attempt-output.ts';
import type { ProcessIdentity, ProcessTable } from './process-entry.ts';
import type { EndRequest, ProcessTree } from './process-tree.ts';

/** For output that is still in a pipe when its writers are gone, in milliseconds. */
export const DRAIN_MS = 500;
/** Children that end by themselves when their parent does are no leftovers. */
const SETTLE_MS = 200;

export interface TurnDeps {
  readonly table: ProcessTable;
  readonly tree: ProcessTree;
  readonly output: AttemptOutput;
  readonly startAgent: StartAgent;
  readonly onStart: (agent: StartedAgent) => void;
  readonly onEnding: () => void;
}

/** A process of this machine, or a container. */
export interface StartedAgent {
  readonly agent: ProcessIdentity | null;
  readonly container?: { readonly id: string; readonly name: string };
}

export interface TurnRequest {
  readonly provider: AgentProvider;
  /** What the session that is resumed had used before. */
  readonly session?: SessionTotals | undefined;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdinFile: string | null;
  readonly tty: boolean;
  /** How it is spoken with; absent: its prompt is all that it gets. */
  readonly conversation?: AcpConversation | null;
  readonly scratch: string;
  /** How long what outlives the agent may still deliver its result, in milliseconds. */
  readonly straggleMs: (exit: AgentExit) => number;
  readonly end: EndRequest;
  /** Resolves when the agent has to be ended or with `null` on abort. */
  readonly untilStop: (signal: AbortSignal) => Promise<StopCause | null>;
  /** Asked now and then: true ends the run so that a person can take it over. */
  readonly interrupted: () => boolean;
}

export interface TurnOutcome {
  readonly pid: number | null;
  readonly startError: string | null;
  readonly exit: AgentExit | null;
  readonly stop: StopCause | null;
  /** Ended to be taken over. */
  readonly interrupted: boolean;
  readonly leftovers: number;
  /** Processes that could not be ended. */
  readonly survivors: number;
}

export const notStarted = (startError: string): TurnOutcome => ({
  pid: null,
  startError,
  exit: null,
  stop: null,
  interrupted: false,
  leftovers: 0,
  survivors: 0,
});

/** One run of the agent's program, from its start until nothing of its tree is left. */
export async function runTurn(deps: TurnDeps, request: TurnRequest): Promise<TurnOutcome> {
  const reader = deps.output.open(request.provider, request.session);
  const conversation = request.conversation ?? null;
  const started = await deps.startAgent({
    ...request,
    talks: conversation !== null,
    say: (kind, text) => deps.output.say(kind, text),
    onOutput: (stream, chunk) => {
      reader.write(stream, chunk);
      if (stream === 'stdout') conversation?.feed(chunk);
    },
  });
  if (!started.ok) {
    return notStarted(started.error);
  }
  const agent = started.value;
  deps.onStart(await identify(deps, agent));
  const watching = new AbortController();
  const stopped = request.untilStop(watching.signal);
  const first = await Promise.race([
    spokenWith(deps, agent, { conversation, end: request.end }),
    stopped,
    interruption(request.interrupted, watching.signal),
  ]);
  const exit = first !== null && 'code' in first ? first : null;
  const outcome =
    exit === null
      ? await endStopped(deps, agent, {
          stop: first !== null && 'kind' in first ? first : null,
          end: request.end,
          conversation,
        })
      : await endExited(deps, agent, {
          exit,
          stopped,
          straggleMs: request.straggleMs(exit),
          end: request.end,
        });
  watching.abort();
  agent.release();
  reader.end();
  return { pid: agent.pid, startError: null, interrupted: first === null, ...outcome };
}

async function identify({ table, tree }: TurnDeps, { pid, container }: AgentProcess): Promise<StartedAgent> {
  if (pid === null) return { agent: null, ...(container ? { container } : {}) };
  const identity = { pid, startTime: (await table.startTime(pid)) ?? '' };
  tree.adopt(identity);
  return { agent: identity };
}

/** For an agent that goes by itself once nobody speaks with it any more, in milliseconds. */
const LEAVE_MS = 3000;
/** For an agent that is asked to end its turn, in milliseconds. */
const CANCEL_MS = 1000;

/** Resolves when all is said, with the agent gone: by the protocol the turn's end is its end, whatever it does after. */
async function spokenWith(
  deps: TurnDeps,
  agent: AgentProcess,
  { conversation, end }: { readonly conversation: AcpConversation | null; readonly end: EndRequest },
): Promise<AgentExit> {
  if (conversation === null || agent.stdin === null) return agent.exited;
  const failure = await Promise.race([
    agent.exited,
    conversation.talk(agent.stdin).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    ),
  ]);
  if (failure !== null && typeof failure === 'object') return failure;
  agent.stdin.end();
  const exit = await within(agent.exited, LEAVE_MS);
  // What it says when its input breaks off is no reason of its own.
  if (exit !== null && failure !== null) return exit.code === 0 ? { ...exit, code: 1 } : exit;
  if (failure !== null) deps.output.say('error', failure);
  if (exit === null) {
    await deps.tree.end(end);
    await within(agent.exited, DRAIN_MS);
  }
  return { code: failure === null ? 0 : 1, signal: null };
}

const INTERRUPT_EVERY_MS = 100;

/** Resolves with `null` when the run is to be interrupted. */
function interruption(asked: () => boolean, signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (asked()) resolve(null);
    }, INTERRUPT_EVERY_MS);
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  });
}

type Ended = Omit<TurnOutcome, 'pid' | 'startError' | 'interrupted'>;

async function endStopped(
  deps: TurnDeps,
  agent: AgentProcess,
  {
    stop,
    end,
    conversation,
  }: {
    readonly stop: StopCause | null;
    readonly end: EndRequest;
    readonly conversation: AcpConversation | null;
  },
): Promise<Ended> {
  deps.onEnding();
  // One that has reported cancels nothing: it would say that its turn was broken off.
  if (conversation !== null && stop?.kind !== 'reported')
    await within(
      conversation.cancel().catch(() => undefined),
      CANCEL_MS,
    );
  const survivors = await deps.tree.end(end);
  const exit = await within(agent.exited, DRAIN_MS);
  await within(agent.closed, DRAIN_MS);
  return { exit, stop, leftovers: 0, survivors: survivors.length };
}

async function endExited(
  deps: TurnDeps,
  agent: AgentProcess,
  exited: {
    readonly exit: AgentExit;
    readonly stopped: Promise<StopCause | null>;
    readonly straggleMs: number;
    readonly end: EndRequest;
  },
): Promise<Ended> {
  // Somebody may still hold the outputs: a tool that straggles, or a daemon that never lets go.
  const straggling = within(agent.closed, exited.straggleMs);
  await Promise.race([straggling, exited.stopped]);
  let leftovers = await deps.tree.sweep();
  if (leftovers.length > 0) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    leftovers = await deps.tree.sweep();
  }
  deps.onEnding();
  const survivors = leftovers.length === 0 ? [] : await deps.tree.end(exited.end);
  await within(agent.closed, DRAIN_MS);
  return { exit: exited.exit, stop: null, leftovers: leftovers.length, survivors: survivors.length };
}

/** The promise's value, or `null` when it takes longer. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  const value = await Promise.race([promise, late]);
  clearTimeout(timer);
  return value;
}
