/**
 * What a person says of providers: the variable `PROVIDER_ROUTES` and the file `routes.json` beside their settings. Nothing of a
 * repository is read here, because whoever names an endpoint gets the code and the key.
 */
import * as z from 'zod/mini';
import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import { parseJson, problemOf } from './own-file.ts';
import {
  MODEL_NAME,
  providerKey,
  ROUTE_AUTHS,
  ROUTED_PRESETS,
  type ProviderRoute,
  type ProviderRoutes,
} from '../domain/agents/provider-route.ts';

const PROVIDER = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** It must read as a secret, or logs would not know that its value is one. */
const KEY_VARIABLE = /^[A-Z][A-Z0-9_]{0,98}_(?:KEY|TOKEN|SECRET)$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

const model = z.string().check(z.regex(MODEL_NAME));
const url = z.string().check(z.refine(isSafeUrl));
const dollars = z.number().check(z.minimum(0));

/** A key in clear text goes no further than this machine. */
function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== '' || password !== '' || hash !== '') return false;
  return (
    protocol === 'https:' ||
    (protocol === 'http:' && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname))
  );
}

const routeSchema = z.strictObject({
  model: z.optional(model),
  preset: z.optional(z.enum(ROUTED_PRESETS)),
  baseUrl: z.optional(z.nullable(url)),
  auth: z.optional(z.enum(ROUTE_AUTHS)),
  keyVariable: z.optional(z.nullable(z.string().check(z.regex(KEY_VARIABLE)))),
  modelsUrl: z.optional(z.nullable(url)),
  lastVerified: z.optional(z.nullable(z.strictObject({ model, day: z.string().check(z.regex(DAY)) }))),
  price: z.optional(z.nullable(z.strictObject({ input: dollars, cachedInput: dollars, output: dollars }))),
});
/** What a person's file says of one provider; what is missing is as it ships. */
export type OwnRoute = z.infer<typeof routeSchema>;

const TAKES: Readonly<Record<keyof OwnRoute, string>> = {
  model: 'the name of a model, without spaces',
  preset: ROUTED_PRESETS.join(', '),
  baseUrl: 'an https address, or http on this machine, or null',
  auth: ROUTE_AUTHS.join(', '),
  keyVariable: 'the name of a variable that ends in _KEY, _TOKEN or _SECRET, or null',
  modelsUrl: 'an https address, or http on this machine, or null',
  lastVerified: '{ model, day } with a day such as 2026-11-27, or null',
  price: '{ input, cachedInput, output } in US dollars for a million tokens, or null',
};

const fileSchema = z.strictObject({
  version: z.literal(1),
  $schema: z.optional(z.string()),
  routes: z.record(z.string(), z.unknown()),
});
export type OwnRoutes = Readonly<Record<string, OwnRoute>>;

/** `file` begins the error's sentence. */
export function parseOwnRoutes(file: string, text: string): Result<OwnRoutes, string> {
  const raw = parseJson(file, text);
  if (!raw.ok) return raw;
  const read = fileSchema.safeParse(raw.value);
  if (!read.success) return err(`${file} takes { "version": 1, "routes": { PROVIDER: { … } } }.`);
  const routes: [string, OwnRoute][] = [];
  for (const [name, value] of Object.entries(read.data.routes)) {
    if (!PROVIDER.test(name))
      return err(`${file}: the provider ${shown(name)} is no name; ${PROVIDER_TAKES}`);
    const route = routeSchema.safeParse(value);
    if (!route.success) return err(`${file}: ${problemOf(TAKES, { name, value, error: route.error })}`);
    routes.push([name, route.data]);
  }
  return ok(Object.fromEntries(routes));
}

const PROVIDER_TAKES = 'it takes lower-case letters, digits, ".", "_" and "-", up to 64.';

/** `provider:model`, one after the other; a model may hold further colons. */
export function parseRoutesVariable(text: string): Result<ReadonlyMap<string, string>, string> {
  const models = new Map<string, string>();
  // As somebody exports the array of a shell: with its brackets and quotes, or without.
  for (const entry of text.split(/[\s,;()"']+/).filter((part) => part !== '')) {
    const colon = entry.indexOf(':');
    const provider = providerKey(entry.slice(0, Math.max(0, colon)));
    const named = entry.slice(colon + 1);
    if (!PROVIDER.test(provider) || !model.safeParse(named).success) {
      return err(`PROVIDER_ROUTES has ${shown(entry)}; it takes entries such as zai:glm-4.6.`);
    }
    models.set(provider, named);
  }
  return ok(models);
}

/** The table in force: what ships, a person's file, then the variable, which changes models alone. */
export function mergeRoutes(
  shipped: ProviderRoutes,
  own: OwnRoutes,
  models: ReadonlyMap<string, string>,
): Result<ProviderRoutes, string> {
  const routes = new Map(shipped);
  for (const [provider, given] of Object.entries(own)) {
    const merged = withOwn(provider, routes.get(provider), given);
    if (!merged.ok) return err(`routes.json: ${provider} ${merged.error}`);
    routes.set(provider, merged.value);
  }
  for (const [provider, named] of models) {
    const known = routes.get(provider);
    if (!known) {
      return err(
        `PROVIDER_ROUTES names the provider ${shown(provider)}, which has no route; there is ${[...routes.keys()].join(', ')}, and routes.json adds others.`,
      );
    }
    if (known.model !== named) routes.set(provider, { ...known, model: named, price: null });
  }
  return ok(new Map([...routes].map(([name, route]) => [name, withDay(route, own[name])])));
}

/** What was looked at was one model. */
function withDay(route: ProviderRoute, given: OwnRoute | undefined): ProviderRoute {
  const seen = given?.lastVerified;
  return seen && seen.model === route.model ? { ...route, lastVerified: seen.day } : route;
}

const FRESH = {
  baseUrl: null,
  auth: 'bearer',
  keyVariable: null,
  modelsUrl: null,
  price: null,
  origin: 'yours',
} as const;

function withOwn(
  provider: string,
  known: ProviderRoute | undefined,
  given: OwnRoute,
): Result<ProviderRoute, string> {
  const { model: named = known?.model, preset = known?.preset } = given;
  if (named === undefined || preset === undefined) return err('is new, so it takes model and preset.');
  const before = known ?? FRESH;
  const { baseUrl = before.baseUrl, auth = before.auth, keyVariable = before.keyVariable } = given;
  const problem = problemOfAuth({ auth, keyVariable, baseUrl });
  if (problem !== null) return err(problem);
  const route = { provider, model: named, preset, baseUrl, auth, keyVariable };
  const origin = isDayAlone(given) ? before.origin : 'yours';
  return ok({ ...route, ...besides(route, known ?? null, given), origin, lastVerified: null });
}

/** Another address is another list of models, and the key is not for the old one; another model has another price. */
function besides(
  { model: named, baseUrl }: Pick<ProviderRoute, 'model' | 'baseUrl'>,
  known: ProviderRoute | null,
  given: OwnRoute,
): Pick<ProviderRoute, 'modelsUrl' | 'price'> {
  const list = known?.baseUrl === baseUrl ? known.modelsUrl : null;
  const cost = known?.model === named ? known.price : null;
  const { modelsUrl = list, price = cost } = given;
  return { modelsUrl, price };
}

/** A line that only says when it was looked at changes nothing. */
const isDayAlone = (given: OwnRoute): boolean =>
  Object.entries(given).every(([name, value]) => name === 'lastVerified' || value === undefined);

function problemOfAuth({
  auth,
  keyVariable,
  baseUrl,
}: Pick<ProviderRoute, 'auth' | 'keyVariable' | 'baseUrl'>): string | null {
  if (auth === 'login' && keyVariable !== null)
    return `signs in by itself (login), so its keyVariable is null and not ${keyVariable}.`;
  if (auth === 'login' && baseUrl !== null) return 'signs in by itself (login), so its baseUrl is null.';
  if (auth !== 'login' && keyVariable === null)
    return `has the auth ${auth}; it takes a keyVariable, the name of the variable that holds the key.`;
  if (auth !== 'login' && baseUrl === null) return 'has a key; it takes the baseUrl that the key is for.';
  return null;
}
