import type { ProviderRoute, ProviderRoutes } from './provider-route.ts';

type SeedRoute = Omit<ProviderRoute, 'provider' | 'origin' | 'lastVerified' | 'price'>;

/**
 * The table as it ships. The names of models are those of the first design and were verified by nobody since, so they have
 * no date and no price; endpoints and variables follow the providers' own pages, which docs/routing.md names. All of it can be changed by the
 * variable `PROVIDER_ROUTES` and by a person's own `routes.json`.
 */
const SEED_ROUTES: Readonly<Record<string, SeedRoute>> = {
  zai: {
    model: 'glm-4.6',
    preset: 'claude',
    baseUrl: 'https://api.z.ai/api/anthropic',
    auth: 'bearer',
    keyVariable: 'ZAI_API_KEY',
    modelsUrl: 'https://api.z.ai/api/paas/v4/models',
  },
  kimi: {
    model: 'kimi-latest',
    preset: 'claude',
    baseUrl: 'https://api.moonshot.ai/anthropic',
    auth: 'bearer',
    keyVariable: 'MOONSHOT_API_KEY',
    modelsUrl: 'https://api.moonshot.ai/v1/models',
  },
  openrouter: {
    model: 'anthropic/claude-3-5-sonnet',
    preset: 'claude',
    baseUrl: 'https://openrouter.ai/api',
    auth: 'bearer',
    keyVariable: 'OPENROUTER_API_KEY',
    modelsUrl: 'https://openrouter.ai/api/v1/models',
  },
  /** A subscription, which the CLI is signed in to: no key, and no list of models. */
  max: {
    model: 'anthropic/claude-3-opus-20240229',
    preset: 'claude',
    baseUrl: null,
    auth: 'login',
    keyVariable: null,
    modelsUrl: null,
  },
  anthropic: {
    model: 'claude-3-5-sonnet-20241022',
    preset: 'claude',
    baseUrl: 'https://api.anthropic.com',
    auth: 'x-api-key',
    keyVariable: 'ANTHROPIC_API_KEY',
    modelsUrl: 'https://api.anthropic.com/v1/models?limit=1000',
  },
  gemini: {
    model: 'gemini-2.0-flash-exp',
    preset: 'gemini',
    baseUrl: 'https://generativelanguage.googleapis.com',
    auth: 'x-goog-api-key',
    keyVariable: 'GEMINI_API_KEY',
    modelsUrl: 'https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000',
  },
  xai: {
    model: 'grok-beta',
    preset: 'opencode',
    baseUrl: 'https://api.x.ai/v1',
    auth: 'bearer',
    keyVariable: 'XAI_API_KEY',
    modelsUrl: 'https://api.x.ai/v1/models',
  },
};

export const SHIPPED_ROUTES: ProviderRoutes = new Map(
  Object.entries(SEED_ROUTES).map(([provider, route]) => [
    provider,
    { provider, ...route, lastVerified: null, price: null, origin: 'seed' },
  ]),
);
