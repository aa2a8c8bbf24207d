import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentCommand, AgentProvider, SessionTotals } from '../../ports/agent-provider.ts';
import { resultRules, resultSample } from '../../protocol/agent-result-sample.ts';
import type { AttemptControl, AttemptSpec } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import type { AcpConversation } from './acp/acp-client.ts';
import { agentEnvironment } from './agent-env.ts';
import { readText } from './attempt-files.ts';
import { addUsage } from './attempt-output.ts';
import { openAttemptMcp, type AttemptMcp, type AttemptMcpDeps } from './mcp/attempt-mcp.ts';
import { createNudges, type Nudges } from './nudges.ts';
import type { Person } from './person.ts';
import type { SignalRecorder } from './signal-recorder.ts';
import type { Supervision } from './supervision.ts';
import { runTurn, type TurnDeps, type TurnOutcome, type TurnRequest } from './turn.ts';

export interface TurnsDeps extends TurnDeps, Pick<AttemptMcpDeps, 'openStore' | 'addSecret' | 'openEngine'> {
  readonly spec: AttemptSpec;
  readonly folder: string;
  readonly provider: AgentProvider;
  readonly env: NodeJS.ProcessEnv;
  readonly supervision: Supervision;
  /** `null` when nobody sits at a terminal, or the agent owns it. */
  readonly person: Person | null;
  readonly straggleMs: TurnRequest['straggleMs'];
  /** The orchestrator asked for *Take over*; true once per request. */
  readonly takeOverAsked: () => boolean;
  readonly control: () => AttemptControl;
  readonly seen: Pick<SignalRecorder, 'attention' | 'receipt'>;
  /** Ctrl+C belongs to whoever has the terminal. */
  readonly lendTerminal: (lent: boolean) => void;
}

type Wish = { readonly kind: 'take-over' } | { readonly kind: 'say'; readonly text: string };

/** Shorter than any idle limit, long enough to finish a sentence. */
const TYPING_MS = 60_000;
const AGAIN = 'When you are done, give your result again in the same way as before, with the same nonce.';

/**
 * All runs of the agent's program in one attempt: its own, and those by which a person at the terminal or the
 * loop speaks with it.
 */
export async function runTurns(given: TurnsDeps): Promise<TurnOutcome> {
  const mcp = await openAttemptMcp(given);
  try {
    return await takeTurns({ ...given, mcp });
  } finally {
    await mcp.close();
  }
}

interface OpenTurns extends TurnsDeps {
  readonly mcp: AttemptMcp;
}

async function takeTurns(deps: OpenTurns): Promise<TurnOutcome> {
  const { provider, person, supervision } = deps;
  const follow = createFollowUps(deps);
  const wishes = { takeOver: createTakeOverWish(deps), nudges: createNudges(deps) };
  if (provider.resume !== 'never') person?.listen();
  try {
    const first = { spec: deps.spec, promptFile: join(deps.folder, ATTEMPT_FILES.prompt) };
    let outcome: OwnTurn = await ownTurn(deps, first, wishes);
    for (;;) {
      const sessionId = deps.output.facts().sessionId;
      if (sessionId === null) {
        wishes.nudges.refuse();
        if ((person?.takeLines() ?? []).length > 0)
          deps.output.say(
            'notice',
            `${provider.title} has no session to go on in, so nobody hears what you typed.`,
          );
        return outcome;
      }
      const wish = await wishOf(deps, outcome, wishes);
      if (wish === null) return outcome;
      if (wish.kind === 'take-over') {
        wishes.takeOver.consume();
        const handed = await handOver(deps, sessionId);
        if (handed.stop !== null) return { ...outcome, ...handed };
      }
      const text = wish.kind === 'say' ? `${wish.text}\n\n${AGAIN}` : afterTakeOver(deps.spec);
      supervision.restart();
      const giveBack = deps.output.keepFinal();
      const next = await ownTurn(deps, follow(text, sessionId), wishes);
      if (next.sessionLost === true) {
        // What it did before stands.
        giveBack();
        wishes.nudges.unheard();
        return outcome;
      }
      outcome = next;
    }
  } finally {
    person?.leave();
  }
}

interface OwnTurn extends TurnOutcome {
  /** It was to go on in a session that is not to be had, and did nothing. */
  readonly sessionLost?: boolean;
}

interface Wishes {
  readonly takeOver: TakeOverWish;
  readonly nudges: Nudges;
}

/** What the person or the loop wants next; `null` when the attempt is over. */
async function wishOf(
  deps: TurnsDeps,
  outcome: TurnOutcome,
  { takeOver, nudges }: Wishes,
): Promise<Wish | null> {
  const { person, provider, supervision } = deps;
  if (provider.resume === 'never') return null;
  if (outcome.interrupted && takeOver.isWanted()) return { kind: 'take-over' };
  if (outcome.interrupted) return said(nudges.take());
  if (outcome.stop !== null && outcome.stop.kind !== 'reported') return null;
  if (outcome.stop === null && outcome.exit?.code !== 0) return null;
  if (person !== null) await supervision.suspendedWhile(person.settled(TYPING_MS));
  if (takeOver.isWanted()) return { kind: 'take-over' };
  return said([...(person?.takeLines() ?? []), ...nudges.take()]);
}

const said = (lines: readonly string[]): Wish | null =>
  lines.length === 0 ? null : { kind: 'say', text: lines.join('\n') };

async function ownTurn(
  deps: OpenTurns,
  { spec, promptFile }: { readonly spec: AttemptSpec; readonly promptFile: string },
  { takeOver, nudges }: Wishes,
): Promise<OwnTurn> {
  const { folder, provider, supervision, mcp } = deps;
  const sessionId = resumable(provider, spec);
  const command = provider.command({
    program: spec.program,
    permission: spec.permission,
    sessionId,
    outFolder: join(folder, ATTEMPT_FILES.outFolder),
    prompt: { file: promptFile, text: readText(promptFile) ?? '' },
    ...(spec.images && sessionId === null ? { images: spec.images } : {}),
    ...(mcp.access === null ? {} : { mcp: mcp.access }),
  });
  if (command.mcpConfig !== undefined) mcp.writeConfig(command.mcpConfig);
  // Without a terminal there is nothing to inherit; through pipes what it says is at least kept.
  const tty = spec.program.kind === 'exec' && spec.program.tty && deps.person !== null;
  if (tty) deps.lendTerminal(true);
  const waiting = new AbortController();
  let sessionLost = false;
  const onSessionLost = () => {
    sessionLost = true;
  };
  const spoken = { spec, promptFile, sessionId, onSessionLost };
  const conversation = command.acp
    ? await conversationOf(deps, { ...spoken, acp: command.acp }, waiting.signal)
    : null;
  const outcome = await runTurn(deps, {
    provider,
    session: sessionId === null ? undefined : (spec.repair?.before ?? UNKNOWN),
    argv: command.argv,
    cwd: spec.cwd,
    env: environment(deps, command.env),
    stdinFile: command.stdin === 'prompt' ? promptFile : null,
    tty,
    conversation,
    scratch: folder,
    straggleMs: deps.straggleMs,
    end: endOf(deps),
    untilStop: (signal) => supervision.untilStop(signal),
    interrupted: () => takeOver.isWanted() || nudges.interrupt(),
  });
  waiting.abort();
  return { ...outcome, sessionLost };
}

interface Spoken {
  readonly spec: AttemptSpec;
  readonly promptFile: string;
  /** The one to go on in. */
  readonly sessionId: string | null;
  readonly onSessionLost: () => void;
  readonly acp: NonNullable<AgentCommand['acp']>;
}

const UNKNOWN: SessionTotals = { usage: null, costUsd: null };

/** The protocol is loaded for agents that speak it alone: a runner is small otherwise. */
async function conversationOf(
  { folder, output, provider, mcp }: OpenTurns,
  { spec, promptFile, sessionId, onSessionLost, acp: { mode, commands } }: Spoken,
  signal: AbortSignal,
): Promise<AcpConversation> {
  const { createAcpConversation, createAskPerson } = await import('./acp/acp-session.ts');
  return createAcpConversation({
    cwd: spec.cwd,
    prompt: readText(promptFile) ?? '',
    images: sessionId === null ? (spec.images ?? []) : [],
    // A repair says all that is needed; what a person or the loop adds does not.
    session: sessionId === null ? null : { id: sessionId, strict: spec.repair?.error === '' },
    onSessionLost,
    mode,
    mcp: provider.mcp ? mcp.access : null,
    bounds: {
      permission: spec.permission,
      roots: [spec.worktree, join(folder, ATTEMPT_FILES.outFolder)],
      commands,
    },
    ask: createAskPerson(folder, signal),
    say: (kind, text) => output.say(kind, text),
  });
}

/** The session that this run goes on in, where the CLI can from the folder it runs in. */
function resumable({ resume }: AgentProvider, { repair, cwd }: AttemptSpec): string | null {
  if (repair === null || resume === 'never') return null;
  return resume === 'anywhere' || repair.sessionFolder === cwd ? repair.sessionId : null;
}

/** The CLI's own interface in the same terminal and on the same session, until the person leaves it. */
async function handOver(deps: OpenTurns, sessionId: string): Promise<TurnOutcome> {
  const { provider, person, supervision, output } = deps;
  output.say('notice', `${provider.title} is yours. The loop waits until you leave it.`);
  deps.seen.attention('you have its terminal');
  person?.leave();
  deps.lendTerminal(true);
  const outcome = await runTurn(deps, {
    provider,
    argv: provider.takeOver?.(sessionId) ?? [],
    cwd: deps.spec.cwd,
    env: environment(deps, {}),
    stdinFile: null,
    tty: true,
    scratch: deps.folder,
    straggleMs: () => 0,
    end: endOf(deps),
    untilStop: (signal) => supervision.untilCancelled(signal),
    interrupted: () => false,
  });
  deps.lendTerminal(false);
  deps.seen.attention(null);
  person?.listen();
  if (outcome.startError !== null) output.say('error', outcome.startError);
  else output.say('notice', 'The agent goes on from here.');
  return outcome;
}

const environment = ({ env, spec, folder, mcp }: OpenTurns, added: Readonly<Record<string, string>>) =>
  agentEnvironment({ base: env, spec, folder, added: { ...mcp.variables, ...added } });

const endOf = ({ spec, provider }: TurnsDeps) =>
  spec.program.kind === 'preset'
    ? provider.stop
    : { signal: 'SIGTERM' as const, graceMs: spec.limits.killGraceMs };

interface TakeOverWish {
  /** Counts only once there is a session to go on with. */
  readonly isWanted: () => boolean;
  consume(): void;
}

function createTakeOverWish({ person, provider, output, takeOverAsked }: TurnsDeps): TakeOverWish {
  const possible = person !== null && provider.resume !== 'never' && provider.takeOver !== undefined;
  let wanted = false;
  return {
    isWanted() {
      const typed = person?.takesOver() === true;
      if (!wanted && (typed || takeOverAsked())) {
        wanted = possible;
        const text = possible ? 'Taking over.' : `${provider.title} has no interface to take over.`;
        output.say('notice', text);
      }
      return wanted && output.facts().sessionId !== null;
    },
    consume: () => {
      wanted = false;
    },
  };
}

function createFollowUps(deps: TurnsDeps) {
  let count = 1;
  return (text: string, sessionId: string) => {
    count += 1;
    const promptFile = join(deps.folder, `prompt-${count}.md`);
    writeFileSync(promptFile, `${text}\n`, { mode: 0o600 });
    // A resume call is what a repair round with a session is to a provider.
    const repair = { error: '', sessionId, sessionFolder: deps.spec.cwd, before: usedSoFar(deps) };
    return { spec: { ...deps.spec, repair }, promptFile };
  };
}

/** What the session has used up to now, in this attempt and before it. */
function usedSoFar({ spec, output, provider }: TurnsDeps): SessionTotals {
  const before = resumable(provider, spec) === null ? undefined : spec.repair?.before;
  const { usage, costUsd } = output.facts();
  return {
    usage: usage === null ? (before?.usage ?? null) : addUsage(before?.usage ?? null, usage),
    costUsd: costUsd === null ? (before?.costUsd ?? null) : (before?.costUsd ?? 0) + costUsd,
  };
}

function afterTakeOver({ role, nonce }: AttemptSpec): string {
  return [
    'A person has worked with you on this and has left. Finish what is still open, then end your message with',
    'your result as one fenced json block of this shape, with real values for the words in capitals:',
    '',
    resultSample(role, nonce),
    '',
    ...resultRules(role),
  ].join('\n');
}
