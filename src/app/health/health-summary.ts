import type { StoreLook } from '../../ports/health-probes.ts';

/** The seeds' `check_health`: the store answers a ping and the index file exists. */
export interface HealthSummary {
  readonly store: 'answers' | 'ended' | 'silent';
  readonly latencyMs: number | null;
  readonly indexExists: boolean;
  /** Both, to the letter. */
  readonly healthy: boolean;
  /** `idle`: something is not there, and nothing needs it. `degraded`: a loop needs it. */
  readonly state: 'healthy' | 'idle' | 'degraded';
  /** One sentence for people. */
  readonly message: string;
}

export interface SummaryFacts {
  readonly store: StoreLook;
  readonly indexExists: boolean;
  /** Loops that a living process holds. */
  readonly running: number;
  /** Loops that have a journal and that nobody holds. */
  readonly resting: number;
}

/**
 * A store that ended while no loop runs is as it should be, and the index is written when its writer lets go: only
 * what is missing although it is needed makes the state degraded.
 */
export function summarize(facts: SummaryFacts): HealthSummary {
  const { store, indexExists, running, resting } = facts;
  const healthy = store.kind === 'answers' && indexExists;
  const storeMissed = store.kind === 'silent' || (store.kind === 'ended' && running > 0);
  const indexMissed = !indexExists && resting > 0 && running === 0;
  const problems = [
    ...(storeMissed ? ['the coordination store does not answer'] : []),
    ...(indexMissed ? ['the index is missing'] : []),
  ];
  return {
    store: store.kind,
    latencyMs: store.kind === 'answers' ? store.latencyMs : null,
    indexExists,
    healthy,
    state: healthy ? 'healthy' : problems.length > 0 ? 'degraded' : 'idle',
    message:
      problems.length > 0
        ? `Degraded: ${problems.join(' and ')}. Loops go on; cfn doctor says more.`
        : healthy
          ? 'The coordination store answers and the index is there.'
          : 'Nothing is missing that a loop needs now.',
  };
}
