export interface SlotRequest {
  /** The attempt's folder, which names the slot. */
  readonly folder: string;
  /** The agent was started before: it has a slot whatever the limit is. */
  readonly started: boolean;
}

/** Why there is no slot yet. */
export interface SlotWait {
  readonly limit: number;
  /** Agents that have one now. */
  readonly running: number;
  /** Others that have waited longer. */
  readonly ahead: number;
}

export interface AgentSlot {
  /** The agent ended. */
  release(): Promise<void>;
  /** This process lets go: the agent keeps its slot for as long as it runs. */
  leave(): Promise<void>;
}

/** The agents that run at the same time on this machine, over all windows, command lines and repositories of the user. */
export interface AgentSlots {
  /** How many there may be. */
  limit(): Promise<number>;
  /** Resolves once there is a slot, those who wait longest first; rejects with the signal's reason. */
  acquire(request: SlotRequest, onWait: (wait: SlotWait) => void, signal: AbortSignal): Promise<AgentSlot>;
}
