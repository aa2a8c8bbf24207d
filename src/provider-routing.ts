import { homedir } from 'node:os';
import { join } from 'node:path';
import { createNodeRedactor, secretsOfEnvironment } from './adapters/log/redactor.ts';
import { askModels, type ModelAnswer } from './adapters/providers/ask-models.ts';
import { createOwnRoutes } from './adapters/state/own-routes.ts';
import type { CoreOptions } from './app/core.ts';
import type { ProviderRouting, RouteProbe, RouteStanding } from './app/routing/provider-routing.ts';
import { ok, type Result } from './base/result.ts';
import { userConfigFolder } from './base/user-config.ts';
import type { ProviderRoutes } from './domain/agents/provider-route.ts';
import { SHIPPED_ROUTES } from './domain/agents/seed-routes.ts';
import { mergeRoutes, parseRoutesVariable } from './protocol/provider-routes.ts';

const PROBE_MS = 15_000;

/** Keys of providers: of the environment, else of wherever the front keeps secrets. */
export type ProviderKeys = (variable: string) => Promise<string | null>;

/** Every key that is asked for is a secret from then on, wherever this process writes. */
export function createProviderKeys(options: CoreOptions) {
  const redactor = createNodeRedactor(secretsOfEnvironment(options.env));
  const keyOf: ProviderKeys = async (variable) => {
    const key = options.env[variable]?.trim() || (await options.providerKey?.(variable)) || null;
    if (key !== null) redactor.add(key);
    return key;
  };
  return { redactor, keyOf };
}

export function createProviderRouting({ env }: CoreOptions, keyOf: ProviderKeys): ProviderRouting {
  const own = createOwnRoutes(userConfigFolder({ env, platform: process.platform, home: homedir() }));
  const routes = async (): Promise<Result<ProviderRoutes, string>> => {
    const models = parseRoutesVariable(env['PROVIDER_ROUTES'] ?? '');
    if (!models.ok) return models;
    const given = await own.read();
    return given.ok ? mergeRoutes(SHIPPED_ROUTES, given.value, models.value) : given;
  };
  const standings = async (): Promise<Result<readonly RouteStanding[], string>> => {
    const table = await routes();
    if (!table.ok) return table;
    const standing = async (
      route: RouteStanding | Omit<RouteStanding, 'hasKey'>,
    ): Promise<RouteStanding> => ({
      ...route,
      hasKey: route.keyVariable === null ? null : (await keyOf(route.keyVariable)) !== null,
    });
    return ok(await Promise.all([...table.value.values()].map(standing)));
  };
  return {
    routes,
    standings,
    probe: async (signal) => {
      const known = await standings();
      if (!known.ok) return known;
      const today = new Date().toISOString().slice(0, 10);
      const asked = await Promise.all(known.value.map((route) => probeOne(route, keyOf, signal)));
      const probed: RouteProbe[] = [];
      for (const probe of asked) {
        if (probe.status !== 'there') {
          probed.push(probe);
          continue;
        }
        const kept = await own.remember(probe.provider, { model: probe.model, day: today });
        if (!kept.ok) return kept;
        probed.push({ ...probe, lastVerified: today });
      }
      return ok(probed);
    },
  };
}

async function probeOne(route: RouteStanding, keyOf: ProviderKeys, signal: AbortSignal): Promise<RouteProbe> {
  const { provider, model, keyVariable } = route;
  const said = (status: RouteProbe['status'], message: string): RouteProbe => ({ ...route, status, message });
  const key = keyVariable === null ? null : await keyOf(keyVariable);
  if (keyVariable !== null && key === null)
    return said('unknown', `${provider} was not asked: ${keyVariable} is not set.`);
  const answer: ModelAnswer = await askModels(route, { key, deadlineMs: PROBE_MS, signal });
  switch (answer.kind) {
    case 'there':
      return said('there', `${provider} has the model ${model}.`);
    case 'absent':
      return said('absent', `${provider} has no model ${model}; it lists ${answer.models.length} others.`);
    case 'unknown':
      return said('unknown', `${provider}: ${answer.reason}`);
  }
}

/** Where the CLI of a route keeps its settings and sessions, apart from the person's own. */
export const routeFolder = (stateHome: string, provider: string, preset: string): string =>
  join(stateHome, 'routes', provider, preset);
