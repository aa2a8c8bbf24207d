import { assert, jsonValue, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import type { AgentOutput } from '../../ports/agent-provider.ts';
import { createAcpParser, shownDiff } from './acp-parser.ts';

const update = (inner: object) => ({ method: 'session/update', params: { sessionId: 's', update: inner } });
function read(events: readonly object[], from: 'turn' | 'quota' | 'none' = 'turn'): readonly AgentOutput[] {
  const parse = createAcpParser(from);
  return events.map((event) => parse(JSON.stringify({ jsonrpc: '2.0', ...event })));
}
const shown = (outputs: readonly AgentOutput[]) =>
  outputs.flatMap(({ transcript }) => transcript.map(({ kind, text }) => `${kind}: ${text}`));
const chunk = (text: string) =>
  update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } });

it('names each call once, shows its diff before it is allowed, and gives what follows the last call as the message', () => {
  const diff = { type: 'diff', path: '/w/a.js', oldText: 'one\ntwo\n', newText: 'one\n2\n' };
  const call = { toolCallId: 'c1', title: 'Writing a.js', kind: 'edit', content: [diff] };
  const outputs = read([
    { id: 0, result: { protocolVersion: 1, agentCapabilities: { loadSession: true } } },
    { id: 1, result: { sessionId: 's-1' } },
    chunk('I will '),
    chunk('write.'),
    update({ sessionUpdate: 'tool_call', toolCallId: 'c1', title: 'write', status: 'pending' }),
    { id: 0, method: 'session/request_permission', params: { toolCall: call, options: [] } },
    update({ sessionUpdate: 'tool_call_update', ...call, status: 'completed' }),
    chunk('Done.'),
    {
      id: 2,
      result: { stopReason: 'end_turn', usage: { inputTokens: 8, cachedReadTokens: 2, outputTokens: 3 } },
    },
  ]);
  expect(shown(outputs)).toEqual([
    'text: I will write.',
    'tool: Writing a.js',
    'notice: /w/a.js:2\n- two\n+ 2',
    'text: Done.',
    'result: Finished.',
  ]);
  expect(outputs[1]).toMatchObject({ sessionId: 's-1' });
  expect(outputs[7]?.message).toBe('Done.');
  expect(outputs[8]).toMatchObject({
    final: { success: true },
    usage: { input: 10, cachedInput: 2, output: 3 },
  });
});

it('tells cost in dollars alone, plans, and what a tool gave or why it did not', () => {
  const done = (id: string, status: string, text: string) =>
    update({
      sessionUpdate: 'tool_call_update',
      toolCallId: id,
      title: 'npm test',
      status,
      content: text === '' ? [] : [{ type: 'content', content: { type: 'text', text } }],
    });
  const outputs = read([
    update({ sessionUpdate: 'plan', entries: [{ content: 'Look' }, { content: 'Fix' }] }),
    done('a', 'completed', 'pass 1\n'),
    done('b', 'failed', ''),
    update({ sessionUpdate: 'usage_update', cost: { amount: 0.5, currency: 'EUR' } }),
    update({ sessionUpdate: 'usage_update', cost: { amount: 0.5, currency: 'USD' } }),
  ]);
  expect(shown(outputs)).toEqual([
    'notice: Plan: Look · Fix',
    'tool: npm test',
    'tool-result: pass 1',
    'tool: npm test',
    'error: refused or failed',
  ]);
  expect(outputs[3]).not.toHaveProperty('costUsd');
  expect(outputs[4]?.costUsd).toBe(0.5);
});

it('takes only the end of a turn for a success', () => {
  const final = (event: object) => read([event]).at(-1)?.final;
  for (const stopReason of ['max_tokens', 'refusal', 'cancelled', 'something new']) {
    expect(final({ id: 2, result: { stopReason } })?.success).toBe(false);
  }
  const refused = final({ id: 2, error: { code: -32000, message: 'Authentication required', data: '401' } });
  expect(refused).toEqual({ success: false, error: 'Authentication required: 401' });
  expect(final({ id: 2, error: { message: '429 too many requests' } })?.rateLimited).toBe(true);
  expect(final({ id: 0, result: { protocolVersion: 1 } })).toBeUndefined();
});

it('says no tokens where those of the turn are not told', () => {
  const end = { id: 2, result: { stopReason: 'end_turn', usage: { inputTokens: 800 } } };
  expect(read([end], 'none')[0]).not.toHaveProperty('usage');
  const token_count = { input_tokens: 4000, output_tokens: 180 };
  const quota = { id: 2, result: { stopReason: 'end_turn', _meta: { quota: { token_count } } } };
  expect(read([quota], 'quota')[0]?.usage).toEqual({ input: 4000, cachedInput: 0, output: 180 });
});

it('survives any value in any place', () => {
  assert(
    property(jsonValue(), string(), (value, line) => {
      const parse = createAcpParser('turn');
      for (const method of ['session/update', 'session/request_permission', 'other']) {
        parse(JSON.stringify({ method, params: { update: value, toolCall: value } }));
      }
      for (const kind of ['tool_call', 'plan', 'usage_update', 'agent_message_chunk']) {
        parse(JSON.stringify(update({ sessionUpdate: kind, content: value, entries: value, cost: value })));
      }
      parse(JSON.stringify({ id: 1, result: value, error: value }));
      expect(Array.isArray(parse(line).transcript)).toBe(true);
    }),
  );
});

it('shows of a diff what differs', () => {
  assert(
    property(string(), string(), string(), string(), (head, before, after, tail) => {
      const own = (text: string) => text.replaceAll('\n', ' ');
      const text = (middle: string) => `${own(head)}\n${own(middle)}\n${own(tail)}\n`;
      const lines = shownDiff({ path: 'p', oldText: text(before), newText: text(after) }).split('\n');
      expect(lines.slice(1)).toEqual(
        own(before) === own(after) ? [] : [`- ${own(before)}`, `+ ${own(after)}`],
      );
    }),
  );
});

it('tells a session that can be gone on with alone', () => {
  const opened = (agentCapabilities: object) =>
    read([
      { id: 0, result: { agentCapabilities } },
      { id: 1, result: { sessionId: 's-1' } },
    ])[1]?.sessionId;
  expect(opened({ loadSession: true })).toBe('s-1');
  expect(opened({ sessionCapabilities: { resume: {} } })).toBe('s-1');
  expect(opened({ loadSession: false, sessionCapabilities: { resume: null, list: {} } })).toBeUndefined();
});

it('takes what was said earlier for nothing new, and a session that is gone for no failure of the turn', () => {
  const lines = (events: readonly object[]) => {
    const parse = createAcpParser('none', true);
    return events.map((event) => parse(JSON.stringify({ jsonrpc: '2.0', ...event })));
  };
  const initialized = { id: 0, result: { agentCapabilities: { loadSession: true } } };
  const turn = [chunk('new'), { id: 9, result: { stopReason: 'end_turn' } }];
  const loaded = lines([initialized, chunk('old'), { id: 1, result: null }, ...turn]);
  expect(shown(loaded)).toEqual(['text: new', 'result: Finished.']);
  expect(loaded.map(({ message }) => message).filter((each) => each !== undefined)).toEqual(['new']);
  const gone = { id: 1, error: { code: -32002, message: 'Resource not found' } };
  const begun = lines([initialized, gone, { id: 2, result: { sessionId: 's-2' } }, ...turn]);
  expect(shown(begun)).toEqual(['text: new', 'result: Finished.']);
  expect(begun[2]).toMatchObject({ sessionId: 's-2' });
  expect(lines([{ id: 0, error: { code: -32600, message: 'no' } }])[0]?.final).toMatchObject({
    success: false,
  });
});
