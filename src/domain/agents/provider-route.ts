/** A provider of models, and the agent CLI that speaks with it. Data alone: no key is ever part of it. */

/**
 * How a request proves whose it is. `login`: the CLI's own sign-in, such as a subscription, and no key of ours.
 */
export const ROUTE_AUTHS = ['bearer', 'x-api-key', 'x-goog-api-key', 'login'] as const;
export type RouteAuth = (typeof ROUTE_AUTHS)[number];

/** Presets that can be pointed at an endpoint without a file, and kept from what a repository says of endpoints. */
export const ROUTED_PRESETS = ['claude', 'gemini', 'opencode'] as const;
export type RoutedPreset = (typeof ROUTED_PRESETS)[number];

/** US dollars for a million tokens. */
export interface TokenPrice {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

/** It becomes a word of a command line, and is no flag of it. */
export const MODEL_NAME = /^[^\s\p{Cc}-][^\s\p{Cc}]{0,199}$/u;

/** One line of the table of providers. */
export interface ProviderRoute {
  readonly provider: string;
  readonly model: string;
  readonly preset: RoutedPreset;
  /** As the preset takes it; null: wherever its CLI goes by itself. */
  readonly baseUrl: string | null;
  readonly auth: RouteAuth;
  /** Name of the environment variable that holds the key; null: none is needed. */
  readonly keyVariable: string | null;
  /** Lists the provider's models; null: there is nothing to ask. */
  readonly modelsUrl: string | null;
  /** The day on which the provider's own list had this model; null: never looked at. */
  readonly lastVerified: string | null;
  /** Null: not known. */
  readonly price: TokenPrice | null;
  /** Where the line comes from. */
  readonly origin: 'seed' | 'yours';
}

/** By the provider's name, in the order in which they are shown. */
export type ProviderRoutes = ReadonlyMap<string, ProviderRoute>;

/** Why an agent got its provider; the order in which it is asked. */
export const ROUTE_REASONS = ['profile', 'complexity', 'cost', 'default'] as const;
export type RouteReason = (typeof ROUTE_REASONS)[number];

/** What of a route an agent runs by: part of the loop's configuration, so that a changed table changes no loop. */
export interface AgentRoute extends Pick<ProviderRoute, 'provider' | 'baseUrl' | 'auth' | 'keyVariable'> {
  readonly because: RouteReason;
  /** Missing where it is not known. */
  readonly price?: TokenPrice;
}

/** A name as the table has it: they are compared without case. */
export const providerKey = (name: string): string => name.trim().toLowerCase();

export function routeOfAgent(route: ProviderRoute, because: RouteReason): AgentRoute {
  const { provider, baseUrl, auth, keyVariable, price } = route;
  return { provider, baseUrl, auth, keyVariable, because, ...(price === null ? {} : { price }) };
}

/** What tokens cost by a price; `input` of a usage holds what came from a cache. */
export function costOf(
  price: TokenPrice,
  usage: { readonly input: number; readonly cachedInput: number; readonly output: number },
): number {
  const fresh = Math.max(0, usage.input - usage.cachedInput);
  return (fresh * price.input + usage.cachedInput * price.cachedInput + usage.output * price.output) / 1e6;
}
