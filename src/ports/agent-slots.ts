import type { AccountHold } from '../domain/agents/account-limit.ts';

/** Whose requests a provider counts together: a preset, and what it signs in with. */
export interface AgentAccount {
  /** Tells accounts apart and says nothing of what is signed in with. */
  readonly id: string;
  /** The preset, for people. */
  readonly name: string;
}

export interface SlotRequest {
  /** The attempt's folder, which names the slot. */
  readonly folder: string;
  /** The agent was started before: it has a slot whatever the limit is. */
  readonly started: boolean;
  /** Null: it asks no provider that we know of. */
  readonly account: AgentAccount | null;
}

/** Why there is no slot yet. */
export interface SlotWait {
  readonly limit: number;
  /** Agents that have one now. */
  readonly running: number;
  /** Others that have waited longer, and whose accounts take more. */
  readonly ahead: number;
  /** Why the account of this agent takes no more; missing where only slots are waited for. */
  readonly hold?: AccountHold;
}

/** What an agent's end says of its account; all times are epoch milliseconds. */
export type AccountNews =
  | { readonly kind: 'completed' }
  /** The provider, or its CLI, failed it. */
  | { readonly kind: 'error'; readonly message: string }
  | {
      readonly kind: 'rate-limited';
      readonly at: number;
      readonly startedAt: number;
      /** Null: it was not said for how long. */
      readonly retryAt: number | null;
    };

export interface AgentSlot {
  /** Something became known of the account while the agent runs, or at its end; before the slot is given back. */
  tell(news: AccountNews): Promise<void>;
  /** Resolves once a further start of the same agent keeps to what the provider asked for. */
  ready(onWait: (hold: AccountHold) => void, signal: AbortSignal): Promise<void>;
  /** The agent ended. */
  release(): Promise<void>;
  /** This process lets go: the agent keeps its slot for as long as it runs. */
  leave(): Promise<void>;
}

/** How an account stands that is, or was lately, limited. */
export interface AccountStanding extends AgentAccount {
  readonly hold: AccountHold | null;
  /** How many of its agents run at the same time at most; null: as many as the machine takes. */
  readonly most: number | null;
  readonly running: number;
  /** Errors of the provider in a row. */
  readonly errors: number;
  readonly lastError: string | null;
  /** Absolute path of the file that holds this; without it the account is as new. */
  readonly file: string;
}

/** The agents that run at the same time on this machine, over all windows, command lines and repositories of the user. */
export interface AgentSlots {
  /** How many there may be. */
  limit(): Promise<number>;
  /** Resolves once there is a slot, those who wait longest first; rejects with the signal's reason. */
  acquire(request: SlotRequest, onWait: (wait: SlotWait) => void, signal: AbortSignal): Promise<AgentSlot>;
  /** Accounts that something is known of, by name. */
  accounts(): Promise<readonly AccountStanding[]>;
}
