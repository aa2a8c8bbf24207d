import type { AgentOutput } from '../../ports/agent-provider.ts';
import {
  clip,
  clipTool,
  count,
  failed,
  list,
  money,
  object,
  parseObject,
  plain,
  silent,
  text,
  toolDetail,
  toolLine,
  type Json,
} from './output.ts';

type Lines = AgentOutput['transcript'];
type Used = NonNullable<AgentOutput['usage']>;

const line = (kind: Lines[number]['kind'], said: string): Lines =>
  said.trim() === '' ? [] : [{ stream: 'agent', kind, text: clip(said) }];

/** What an edit changes, without what stays the same before and after it. */
export function shownDiff({
  path,
  oldText,
  newText,
}: Readonly<Record<'path' | 'oldText' | 'newText', string>>) {
  const before = oldText === '' ? [] : oldText.replace(/\n$/, '').split('\n');
  const after = newText === '' ? [] : newText.replace(/\n$/, '').split('\n');
  const shorter = Math.min(before.length, after.length);
  let same = 0;
  while (same < shorter && before[same] === after[same]) same += 1;
  let end = 0;
  while (end < shorter - same && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const gone = before.slice(same, before.length - end).map((each) => `- ${each}`);
  const come = after.slice(same, after.length - end).map((each) => `+ ${each}`);
  return [`${path}:${same + 1}`, ...gone, ...come].join('\n');
}

const diffsOf = (content: unknown): string =>
  list(content)
    .map(object)
    .filter((part) => part['type'] === 'diff')
    .map((part) =>
      shownDiff({
        path: text(part['path']),
        oldText: text(part['oldText']),
        newText: text(part['newText']),
      }),
    )
    .join('\n');

const textsOf = (content: unknown): string =>
  list(content)
    .map((part) => text(object(object(part)['content'])['text']))
    .filter((part) => part !== '')
    .join('\n');

/** Each call is named once, as soon as it says what it does, and its diff is shown before anything is written. */
function createCalls() {
  const named = new Set<string>();
  const withDiff = new Set<string>();
  const title = (call: Json) => {
    const own = text(call['title']);
    const detail = toolDetail(object(call['rawInput']));
    return toolLine(own || text(call['kind']) || 'tool', own.includes(detail) ? '' : detail);
  };
  return (call: Json): Lines => {
    const id = text(call['toolCallId']);
    const status = text(call['status']);
    const ended = status === 'completed' || status === 'failed';
    const isTold = ended || status === 'in_progress' || call['content'] !== undefined;
    const lines: Lines[number][] = [];
    if (isTold && !named.has(id)) {
      named.add(id);
      lines.push(...line('tool', title(call)));
    }
    const diff = diffsOf(call['content']);
    if (diff !== '' && !withDiff.has(id)) {
      withDiff.add(id);
      lines.push(...line('notice', clipTool(diff)));
    }
    if (ended) {
      const said = clipTool(textsOf(call['content']).trimEnd());
      const kind = status === 'failed' ? 'error' : 'tool-result';
      lines.push(...line(kind, said || (status === 'failed' ? 'refused or failed' : '')));
    }
    return lines;
  };
}

/** `turn`: its answer to a prompt tells the tokens of the whole turn. `quota`: Gemini CLI's own. */
export type UsageOf = 'turn' | 'quota' | 'none';

function usageIn(result: Json, from: UsageOf): Used | null {
  if (from === 'none') return null;
  if (from === 'quota') {
    const tokens = object(object(object(result['_meta'])['quota'])['token_count']);
    return { input: count(tokens['input_tokens']), cachedInput: 0, output: count(tokens['output_tokens']) };
  }
  if (result['usage'] === undefined) return null;
  const usage = object(result['usage']);
  const cached = count(usage['cachedReadTokens']);
  return {
    input: count(usage['inputTokens']) + cached + count(usage['cachedWriteTokens']),
    cachedInput: cached,
    output: count(usage['outputTokens']),
  };
}

function turnEnded(result: Json, from: UsageOf): AgentOutput {
  const usage = usageIn(result, from);
  const used = usage === null ? {} : { usage };
  const reason = text(result['stopReason']);
  if (reason === 'end_turn') {
    return { transcript: line('result', 'Finished.'), final: { success: true }, ...used };
  }
  const final = failed(`The turn ended with ${reason}.`);
  return { transcript: line('error', final.error ?? ''), final, ...used };
}

function refused(error: Json): AgentOutput {
  const data = error['data'];
  const detail =
    typeof data === 'string' ? data : text(object(data)['details']) || text(object(data)['message']);
  const said = text(error['message']);
  const final = failed([said, detail].filter((part) => part !== '').join(': ') || 'The request failed.');
  return { transcript: line('error', final.error ?? ''), final };
}

/** Whether an agent can go on in a session; by one that says nothing of it no session is told. */
function goesOn(capabilities: Json): boolean {
  const { resume } = object(capabilities['sessionCapabilities']);
  return capabilities['loadSession'] === true || (resume !== undefined && resume !== null);
}

/**
 * Follows the answers up to a session: the first is that to `initialize`. In a session that is gone on with everything
 * before the second is what was said in it earlier, and a refusal there is the runner's to deal with.
 */
function createOpening(resumed: boolean) {
  let answers = 0;
  let canGoOn = false;
  return {
    isOpen: () => !resumed || answers > 1,
    canGoOn: () => canGoOn,
    answer(event: Json): void {
      if (answers === 0) canGoOn = goesOn(object(object(event['result'])['agentCapabilities']));
      answers += 1;
    },
  };
}

/**
 * Reads what an agent writes by the Agent Client Protocol: one JSON-RPC message a line. `resumed`: it is asked to go on
 * in an earlier session.
 */
export function createAcpParser(from: UsageOf, resumed = false): (line: string) => AgentOutput {
  const opening = createOpening(resumed);
  const calls = createCalls();
  let message = '';
  let unshown = '';
  const shown = (): Lines => {
    const said = unshown;
    unshown = '';
    return line('text', said.trim());
  };
  const after = (output: AgentOutput): AgentOutput => ({
    ...output,
    transcript: [...shown(), ...output.transcript],
  });
  const called = (call: Json): AgentOutput => {
    message = '';
    return after({ transcript: calls(call) });
  };
  const onUpdate = (update: Json): AgentOutput => {
    switch (update['sessionUpdate']) {
      case 'agent_message_chunk': {
        const said = text(object(update['content'])['text']);
        message += said;
        unshown += said;
        return said === '' ? silent : { transcript: [], message };
      }
      case 'tool_call':
      case 'tool_call_update':
        return called(update);
      case 'plan': {
        const entries = list(update['entries']).map((entry) => text(object(entry)['content']));
        return after({ transcript: line('notice', `Plan: ${entries.join(' · ')}`) });
      }
      case 'usage_update': {
        const cost = object(update['cost']);
        const price = cost['currency'] === 'USD' ? money(cost['amount']) : null;
        return price !== null && price > 0 ? { transcript: [], costUsd: price } : silent;
      }
      default:
        return silent;
    }
  };
  return (each) => {
    const event = parseObject(each);
    if (event === null) return after(plain(each));
    const params = object(event['params']);
    if (event['method'] === 'session/update')
      return opening.isOpen() ? onUpdate(object(params['update'])) : silent;
    if (event['method'] === 'session/request_permission') return called(object(params['toolCall']));
    if (event['method'] !== undefined) return silent;
    const wasOpen = opening.isOpen();
    opening.answer(event);
    if (event['error'] !== undefined)
      return opening.isOpen() && !wasOpen ? silent : after(refused(object(event['error'])));
    const result = object(event['result']);
    if (result['stopReason'] !== undefined) return after(turnEnded(result, from));
    const sessionId = text(result['sessionId']);
    return sessionId === '' || !opening.canGoOn() ? silent : { transcript: [], sessionId };
  };
}
