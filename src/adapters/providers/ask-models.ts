import * as z from 'zod/mini';
import type { ProviderRoute } from '../../domain/agents/provider-route.ts';

/** What a provider's own list says of a route's model. */
export type ModelAnswer =
  | { readonly kind: 'there' }
  | { readonly kind: 'absent'; readonly models: readonly string[] }
  /** Why nothing is known; one sentence. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface AskModels {
  /** Null: the list is asked for without one. */
  readonly key: string | null;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Lists are long, and no list is a gigabyte. */
const MOST_BYTES = 8 * 1024 * 1024;

const listSchema = z.union([
  z.object({ data: z.array(z.object({ id: z.string() })) }),
  z.object({ models: z.array(z.object({ name: z.string() })) }),
]);

/** Asks once; the key goes to that address alone, as a redirect is no answer. */
export async function askModels(
  { model, modelsUrl, auth }: Pick<ProviderRoute, 'model' | 'modelsUrl' | 'auth'>,
  { key, deadlineMs, signal }: AskModels,
): Promise<ModelAnswer> {
  if (modelsUrl === null) return unknown('It has no list of models to ask.');
  const deadline = AbortSignal.timeout(deadlineMs);
  try {
    const response = await fetch(modelsUrl, {
      headers: { accept: 'application/json', ...headersOf(auth, key) },
      redirect: 'error',
      signal: AbortSignal.any([signal, deadline]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return unknown(refusal(response.status));
    }
    const list = listSchema.safeParse(JSON.parse(await textOf(response)));
    if (!list.success) return unknown('Its answer is no list of models.');
    const models = namesOf(list.data);
    return models.includes(model) ? { kind: 'there' } : { kind: 'absent', models };
  } catch (error) {
    if (signal.aborted) return unknown('It was cancelled.');
    if (deadline.aborted) return unknown(`It did not answer within ${deadlineMs / 1000} s.`);
    return unknown(`It could not be asked (${reasonOf(error)}).`);
  }
}

const unknown = (reason: string): ModelAnswer => ({ kind: 'unknown', reason });

const refusal = (status: number): string =>
  status === 401 || status === 403 ? `It refuses the key (HTTP ${status}).` : `It answered HTTP ${status}.`;

/** Words of the network alone: an answer of a stranger is shown nowhere. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'its answer is no JSON';
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return /^[A-Z_]{3,40}$/.test(code) ? code : 'the request failed';
}

function headersOf(auth: ProviderRoute['auth'], key: string | null): Record<string, string> {
  if (key === null) return {};
  switch (auth) {
    case 'bearer':
      return { authorization: `Bearer ${key}` };
    case 'x-api-key':
      return { 'x-api-key': key, 'anthropic-version': '2023-06-01' };
    case 'x-goog-api-key':
      return { 'x-goog-api-key': key };
    case 'login':
      return {};
  }
}

const namesOf = (list: z.infer<typeof listSchema>): readonly string[] =>
  'data' in list
    ? list.data.map(({ id }) => id)
    : list.models.map(({ name }) => name.replace(/^models\//, ''));

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > MOST_BYTES) throw new SyntaxError('The answer is too long.');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
