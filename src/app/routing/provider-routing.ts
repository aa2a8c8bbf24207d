import type { Result } from '../../base/result.ts';
import type { ProviderRoute, ProviderRoutes } from '../../domain/agents/provider-route.ts';

/** How a line of the table stands on this machine. */
export interface RouteStanding extends ProviderRoute {
  /** Null: it needs none. What the key is nobody is told. */
  readonly hasKey: boolean | null;
}

export interface RouteProbe extends RouteStanding {
  /** `there` and `absent` as the provider's own list says; `unknown`: it was not asked, or did not say. */
  readonly status: 'there' | 'absent' | 'unknown';
  /** One sentence. */
  readonly message: string;
}

/** Providers that agents may be sent to. */
export interface ProviderRouting {
  /** The table in force; an error is one sentence on the file or the variable that is wrong. */
  routes(): Promise<Result<ProviderRoutes, string>>;
  standings(): Promise<Result<readonly RouteStanding[], string>>;
  /**
   * Asks providers for their lists of models, with the person's keys and on their word alone, and writes down on which day a
   * model was there.
   */
  probe(signal: AbortSignal): Promise<Result<readonly RouteProbe[], string>>;
}
