import type { AgentProvider } from '../../ports/agent-provider.ts';
import type { AttemptControl } from '../../protocol/attempt.ts';
import type { AttemptOutput } from './attempt-output.ts';
import type { SignalRecorder } from './signal-recorder.ts';

/** Messages that the orchestrator has for the agent, each passed on once. */
export interface Nudges {
  /** Looks for new ones; true when the running turn is to be ended so that the agent hears one now. */
  interrupt(): boolean;
  /** Those that the agent has not had, which are told as delivered from here on. */
  take(): readonly string[];
  /** There is no session in which the agent could hear them. */
  refuse(): void;
  /** Those that were just passed on were not heard after all. */
  unheard(): void;
}

export interface NudgesDeps {
  readonly provider: AgentProvider;
  readonly control: () => AttemptControl;
  readonly output: AttemptOutput;
  readonly seen: Pick<SignalRecorder, 'receipt'>;
}

export function createNudges({ provider, control, output, seen }: NudgesDeps): Nudges {
  const known = new Set<string>();
  let waiting: NonNullable<AttemptControl['nudges']>[number][] = [];
  let passedOn: readonly string[] = [];

  const turnAway = (id: string, why: string): void => {
    output.say('notice', `A message was not passed on: ${why}`);
    seen.receipt({ id, state: 'refused', why });
  };
  const look = (): void => {
    for (const nudge of control().nudges ?? []) {
      if (known.has(nudge.id)) continue;
      known.add(nudge.id);
      if (provider.resume === 'never') {
        turnAway(nudge.id, `${provider.title} takes no message while it runs.`);
        continue;
      }
      waiting.push(nudge);
      seen.receipt({ id: nudge.id, state: 'waiting', why: '' });
      output.say('notice', 'The agent gets a message at the end of its turn.');
    }
  };

  return {
    interrupt() {
      look();
      // Without a session there is nothing to go on with; it comes with the first event of most CLIs.
      return waiting.some(({ interrupt }) => interrupt) && output.facts().sessionId !== null;
    },
    unheard() {
      for (const id of passedOn) turnAway(id, `${provider.title} could not go on in its session.`);
    },
    refuse() {
      look();
      for (const { id } of waiting) turnAway(id, `${provider.title} has no session to go on in.`);
      waiting = [];
    },
    take() {
      look();
      const taken = waiting;
      waiting = [];
      passedOn = taken.map(({ id }) => id);
      for (const { id } of taken) seen.receipt({ id, state: 'delivered', why: '' });
      return taken.map(({ text }) => text);
    },
  };
}
