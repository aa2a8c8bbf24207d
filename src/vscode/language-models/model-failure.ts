import type { ModelFailure } from '../../ports/language-models.ts';

/** As VS Code's own errors and those of model providers say that there is no more for now. */
const LIMITED = /ratelimit|rate.?limit|quota|too many requests|\b429\b/i;

const field = (error: unknown, name: string): unknown =>
  typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What an error of a request means, for the transcript of an agent and for the account of its preset. */
export function modelFailure(error: unknown, model: string): ModelFailure {
  const code = textOf(field(error, 'code'));
  const cause = field(error, 'cause');
  const said =
    [textOf(field(error, 'message')), textOf(field(cause, 'message'))].find((text) => text !== '') ?? '';
  const reason = said === '' ? '' : ` (${said})`;
  const named = [textOf(field(error, 'name')), textOf(field(cause, 'name')), said].join(' ');
  if (code === 'NoPermissions') {
    return {
      reason: 'no-permission',
      message: `VS Code was not allowed to give ${model} to CFN Loop${reason}; allow it when VS Code asks, or under "Manage Extension Language Model Access" in the Accounts menu.`,
    };
  }
  if (LIMITED.test(named)) {
    return {
      reason: 'rate-limited',
      message: `${model} takes no more requests for now: rate limit${reason}.`,
    };
  }
  if (code === 'Blocked') {
    return { reason: 'blocked', message: `The requests of CFN Loop to ${model} are blocked${reason}.` };
  }
  if (code === 'NotFound') {
    return { reason: 'not-found', message: `VS Code does not offer ${model} any more${reason}.` };
  }
  return { reason: 'failed', message: `The request to ${model} failed${reason}.` };
}
