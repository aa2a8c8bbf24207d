import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import type { ProviderChoices } from '../../domain/agents/provider-router.ts';
import type { SettingName, Settings } from '../../protocol/settings.ts';

/** The same things as settings and as variables of the environment. */
const VARIABLES = {
  customRouting: 'CFN_CUSTOM_ROUTING',
  highComplexityProvider: 'HIGH_COMPLEXITY_PROVIDER',
  costProvider: 'COST_PROVIDER',
  defaultProvider: 'DEFAULT_PROVIDER',
  costSensitive: 'COST_SAVINGS_MODE',
} as const satisfies Partial<Record<SettingName, string>>;

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says of routing, as settings; null: nothing. `COST_SAVINGS_MODE=yes` makes every task cost-sensitive. */
export function routingOfEnvironment(
  env: Environment,
): Result<{ readonly settings: Settings; readonly label: (name: SettingName) => string } | null, string> {
  const said = (name: keyof typeof VARIABLES): string | undefined =>
    env[VARIABLES[name]]?.trim() || undefined;
  const routing = said('customRouting');
  if (routing !== undefined && routing !== 'true' && routing !== 'false') {
    return err(`CFN_CUSTOM_ROUTING is ${shown(routing)}; it takes true or false.`);
  }
  const settings: Settings = {
    ...(routing === undefined ? {} : { customRouting: routing === 'true' }),
    ...(said('costSensitive') === 'yes' ? { costSensitive: true } : {}),
    ...provider('highComplexityProvider', said('highComplexityProvider')),
    ...provider('costProvider', said('costProvider')),
    ...provider('defaultProvider', said('defaultProvider')),
  };
  const label = (name: SettingName): string =>
    Object.hasOwn(VARIABLES, name) ? VARIABLES[name as keyof typeof VARIABLES] : name;
  return ok(Object.keys(settings).length > 0 ? { settings, label } : null);
}

const provider = (
  name: 'highComplexityProvider' | 'costProvider' | 'defaultProvider',
  value: string | undefined,
): Settings => (value === undefined ? {} : { [name]: value });

export const choicesOf = (said: Settings): ProviderChoices => ({
  highComplexity: said.highComplexityProvider,
  cost: said.costProvider,
  fallback: said.defaultProvider,
});
