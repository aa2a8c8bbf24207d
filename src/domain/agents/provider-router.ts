import { providerKey, type RouteReason } from './provider-route.ts';

/** What of a task decides; the names are those of the design that this follows. */
export interface RoutedTask {
  readonly complexity?: string | undefined;
  readonly cost_sensitive?: boolean | undefined;
}

/** Who is asked where an agent names nobody; what is left out or empty has the default. */
export interface ProviderChoices {
  /** `HIGH_COMPLEXITY_PROVIDER` */
  readonly highComplexity?: string | undefined;
  /** `COST_PROVIDER` */
  readonly cost?: string | undefined;
  /** `DEFAULT_PROVIDER` */
  readonly fallback?: string | undefined;
}

const DEFAULTS = { highComplexity: 'anthropic', cost: 'zai', fallback: 'kimi' } as const;

export interface Selection {
  readonly provider: string;
  readonly because: RouteReason;
}

/** Which provider an agent's model is asked of. It only chooses: whether anything is routed at all is said elsewhere. */
export class ProviderRouter {
  readonly #providerOf: (agentId: string) => string | null;
  readonly #choices: ProviderChoices;

  /** `providerOf`: the provider that an agent's own profile names. */
  constructor(providerOf: (agentId: string) => string | null, choices: ProviderChoices = {}) {
    this.#providerOf = providerOf;
    this.#choices = choices;
  }

  selectProvider(agentId: string, task: RoutedTask): string {
    return this.select(agentId, task).provider;
  }

  /** With the reason: the agent's own provider, then a hard task, then a task that shall be cheap, then the default. */
  select(agentId: string, task: RoutedTask): Selection {
    const own = providerKey(this.#providerOf(agentId) ?? '');
    if (own !== '') return { provider: own, because: 'profile' };
    if (task.complexity === 'high')
      return { provider: this.#chosen('highComplexity'), because: 'complexity' };
    if (task.cost_sensitive === true) return { provider: this.#chosen('cost'), because: 'cost' };
    return { provider: this.#chosen('fallback'), because: 'default' };
  }

  #chosen(name: keyof typeof DEFAULTS): string {
    return providerKey(this.#choices[name] ?? '') || DEFAULTS[name];
  }
}
