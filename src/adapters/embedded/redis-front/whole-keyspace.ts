import { err, ok, type Result } from '../../../base/result.ts';
import type { NoReply } from '../../../ports/redis-server.ts';
import type { Session } from '../command.ts';
import { BAD_CURSOR, scanOptions } from '../commands/keys.ts';
import { globMatches } from '../../../base/glob.ts';
import { array, bulk, bulks, integer, OK, type Reply } from '../reply.ts';
import { mayReach, type User } from '../users.ts';
import { refusal, type FrontContext } from './context.ts';

const PAGE = 1000;
const LARGEST_CURSOR = 2n ** 64n - 1n;

/** What a user sees of a page of the server's keys. */
function visible(context: FrontContext, user: User, found: readonly string[], pattern: string): string[] {
  return found.flatMap((key) => {
    const name = context.names.ours(key);
    return name !== null && mayReach(user, name) && globMatches(pattern, name) ? [name] : [];
  });
}

export async function scan(context: FrontContext, session: Session, args: readonly string[]): Promise<Reply> {
  const [, cursor = '', ...words] = args;
  if (!/^\d{1,20}$/.test(cursor) || BigInt(cursor) > LARGEST_CURSOR) return BAD_CURSOR;
  const options = scanOptions(words);
  if ('kind' in options) return options;
  const { user } = session;
  if (!user) return array([bulk('0'), bulks([])]);
  const pattern = options.pattern ?? '*';
  const match = context.names.pattern(user, pattern);
  const page = await context.server.scan({ cursor, match, count: options.count, type: options.type });
  if (!page.ok) return refusal(page.error);
  return array([bulk(page.value.cursor), bulks(visible(context, user, page.value.keys, pattern))]);
}

/** Each key once, though a scan may meet one several times. */
async function names(
  context: FrontContext,
  user: User,
  pattern: string,
): Promise<Result<readonly string[], NoReply>> {
  const found = new Set<string>();
  const match = context.names.pattern(user, pattern);
  let cursor = '0';
  do {
    const page = await context.server.scan({ cursor, match, count: PAGE, type: null });
    if (!page.ok) return err(page.error);
    for (const name of visible(context, user, page.value.keys, pattern)) found.add(name);
    cursor = page.value.cursor;
  } while (cursor !== '0');
  return ok(Array.from(found));
}

export async function keys(context: FrontContext, session: Session, pattern: string): Promise<Reply> {
  const found = session.user ? await names(context, session.user, pattern) : ok([]);
  return found.ok ? bulks(found.value) : refusal(found.error);
}

export async function count(context: FrontContext): Promise<Reply> {
  const found = await names(context, { kind: 'admin' }, '*');
  return found.ok ? integer(found.value.length) : refusal(found.error);
}

/** Only what is ours: the server belongs to others too. */
export async function clear(context: FrontContext): Promise<Reply> {
  const found = await names(context, { kind: 'admin' }, '*');
  if (!found.ok) return refusal(found.error);
  context.engine.keyspace.clear();
  const removed = await Promise.all(
    found.value.map((name) => context.server.send(['UNLINK', context.names.key(name)])),
  );
  const failed = removed.find((answer) => !answer.ok);
  return failed && !failed.ok ? refusal(failed.error) : OK;
}

/** What agents wrote without an end goes away some time after their loop, not never. */
export async function limitLives(context: FrontContext, user: User, seconds: number): Promise<void> {
  const found = await names(context, user, '*');
  if (!found.ok) return;
  for (const name of found.value) {
    const key = context.names.key(name);
    const left = await context.server.send(['TTL', key]);
    if (left.ok && left.value.kind === 'integer' && left.value.digits === '-1') {
      await context.server.send(['EXPIRE', key, String(seconds)]);
    }
  }
}
