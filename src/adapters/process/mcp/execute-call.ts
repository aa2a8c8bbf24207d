import { err, ok, type Result } from '../../../base/result.ts';
import { shown } from '../../../base/shown.ts';

export interface ExecuteCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

const WORD = /^[\w-]{1,64}$/;

/** The body of a call in the first design's form: `tool` and `action` name the tool, all else are its arguments. */
export function readExecute(body: string): Result<ExecuteCall, string> {
  let raw: unknown;
  try {
    raw = JSON.parse(body);
  } catch {
    return err('The body is no JSON; it takes {"tool": …, "action": …} and arguments.');
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return err('The body takes {"tool": …, "action": …} and arguments.');
  const { tool, action, ...rest } = raw as Record<string, unknown>;
  if (typeof tool !== 'string' || !WORD.test(tool))
    return err(`tool is ${shown(tool)}; it takes a name such as browser.`);
  if (action !== undefined && (typeof action !== 'string' || !WORD.test(action)))
    return err(`action is ${shown(action)}; it takes a name such as navigate.`);
  return ok({ name: action === undefined ? tool : `${tool}_${action}`, arguments: rest });
}
