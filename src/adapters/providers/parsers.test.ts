import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentOutput, CommandRequest } from '../../ports/agent-provider.ts';
import type { AttemptSpec } from '../../protocol/attempt.ts';
import { PRESET_IDS } from './presets.ts';
import { providerOf, providers } from './registry.ts';

const provider = (id: string) => providers.get(id)!;

function read(id: string, events: readonly (object | string)[]) {
  const parse = provider(id).createParser();
  const outputs = events.map((event) => parse(typeof event === 'string' ? event : JSON.stringify(event)));
  const newest = <K extends keyof AgentOutput>(key: K) =>
    outputs.findLast((output) => output[key] !== undefined)?.[key];
  return { outputs, newest, lines: outputs.flatMap((output) => output.transcript) };
}

const request = (over: Partial<CommandRequest> = {}): CommandRequest => ({
  program: { kind: 'preset', preset: 'claude' },
  permission: 'edits',
  sessionId: null,
  outFolder: '/a b/"out',
  ...over,
});

describe('commands', () => {
  it.each(PRESET_IDS.filter((id) => id !== 'cline'))(
    '%s gets its prompt on standard input, never as an argument',
    (id) => {
      const command = provider(id).command(request());
      expect(command.stdin).toBe('prompt');
      expect(command.argv.join('\n')).not.toContain('prompt.md');
      // Exit codes lie, so each of them has to say at its end that it succeeded.
      expect(provider(id).needsFinalEvent).toBe(true);
    },
  );

  it('lets claude edit and run checks in its folders, and bypasses approvals only when told to', () => {
    const edits = provider('claude').command(request()).argv;
    expect(edits).toContain('acceptEdits');
    expect(edits.join(' ')).toContain('--add-dir /a b/"out');
    const allowed = edits[edits.indexOf('--allowedTools') + 1]?.split(',') ?? [];
    expect(allowed).toContain('Bash(npm test:*)');
    // Without a path they would be allowed everywhere.
    for (const tool of ['Edit', 'Write', 'Read', 'Bash']) expect(allowed).not.toContain(tool);
    const full = provider('claude').command(request({ permission: 'full' })).argv;
    expect(full).toContain('bypassPermissions');
    expect(full).not.toContain('--allowedTools');
  });

  it('keeps codex in its sandbox with out/ as a writable root, as valid TOML', () => {
    const edits = provider('codex').command(request()).argv;
    expect(edits).toContain('sandbox_mode="workspace-write"');
    expect(edits).toContain('approval_policy="never"');
    expect(edits).toContain('sandbox_workspace_write.writable_roots=["/a b/\\"out"]');
    expect(edits.at(-1)).toBe('-');
    expect(provider('codex').command(request({ permission: 'full' })).argv).not.toContain(
      'approval_policy="never"',
    );
  });

  it('says that pi has no permission system', () => {
    expect(provider('pi')).toMatchObject({ gated: false, confined: false });
    expect(provider('pi').command(request()).argv).toEqual(
      provider('pi').command(request({ permission: 'full' })).argv,
    );
  });

  it('passes the model and goes on in a session that it is given', () => {
    const program = { kind: 'preset', preset: 'x', model: 'm-1' } as const;
    const argv = (id: string) =>
      provider(id)
        .command(request({ sessionId: 'id-1', program }))
        .argv.join(' ');
    expect(argv('claude')).toMatch(/--model m-1 --resume id-1/);
    expect(argv('codex')).toMatch(/^codex exec resume id-1 --json .*--model m-1/);
    expect(argv('pi')).toMatch(/--model m-1 --fork id-1$/);
    expect(argv('gemini')).toMatch(
      /--model m-1 --resume id-1 --approval-mode auto_edit .*--skip-trust --prompt $/,
    );
    expect(argv('qwen')).toMatch(/--model m-1 --resume id-1 --approval-mode auto-edit /);
    expect(argv('opencode')).toMatch(/^opencode run --format json --model m-1 --session id-1$/);
  });

  it('starts a custom command as it is, and the demo agent as our own program', () => {
    const program: AttemptSpec['program'] = { kind: 'exec', argv: ['sh', '-c', 'echo $HOME'], tty: false };
    expect(providerOf(program)?.command(request({ program }))).toEqual({
      argv: ['sh', '-c', 'echo $HOME'],
      env: {},
      stdin: 'empty',
    });
    expect(provider('demo').command(request()).argv[1]).toMatch(/demo-agent\.(?:ts|js)$/);
    expect(providerOf({ kind: 'preset', preset: 'nobody' })).toBeUndefined();
  });
});

describe('what claude prints', () => {
  const usage = { input_tokens: 800, cache_read_input_tokens: 200, output_tokens: 45 };

  it('gives session, model, tools, totals, cost and the final message', () => {
    const { newest, lines } = read('claude', [
      { type: 'system', subtype: 'init', session_id: 's-1', model: 'opus' },
      {
        session_id: 's-1',
        message: {
          id: 'm1',
          content: [{ type: 'tool_use', name: 'Edit', input: { file_path: 'a.js' } }],
          usage,
        },
        type: 'assistant',
      },
      { message: { id: 'm1', content: [{ type: 'text', text: 'Working' }], usage }, type: 'assistant' },
      { message: { content: [{ type: 'tool_result', content: 'ok' }] }, type: 'user' },
      {
        total_cost_usd: 0.02,
        is_error: false,
        subtype: 'success',
        result: 'Done',
        modelUsage: {
          opus: { inputTokens: 800, cacheReadInputTokens: 200, outputTokens: 45 },
          haiku: { inputTokens: 10, cacheCreationInputTokens: 5, outputTokens: 1 },
        },
        permission_denials: [{ tool_name: 'Bash', tool_input: { command: 'curl x' } }],
        type: 'result',
      },
    ]);
    expect(newest('sessionId')).toBe('s-1');
    expect(newest('model')).toBe('opus');
    expect(newest('message')).toBe('Done');
    expect(newest('usage')).toEqual({ input: 1015, cachedInput: 200, output: 46 });
    expect(newest('costUsd')).toBe(0.02);
    expect(newest('final')).toEqual({ success: true });
    expect(lines.map((line) => line.text)).toEqual([
      'Claude Code started (opus).',
      'Edit a.js',
      'Working',
      'ok',
      'Not permitted in this permission mode: Bash curl x',
      'Finished.',
    ]);
  });

  it('counts a message that arrives in several lines once', () => {
    const line = { type: 'assistant', message: { id: 'm1', content: [], usage } };
    expect(read('claude', [line, line]).newest('usage')).toEqual({
      input: 1000,
      cachedInput: 200,
      output: 45,
    });
  });

  it('believes is_error and not the subtype, and tells rate limits', () => {
    const final = (event: object) => read('claude', [{ type: 'result', ...event }]).newest('final');
    expect(final({ subtype: 'success', is_error: true, result: 'API Error', api_error_status: 401 })).toEqual(
      {
        success: false,
        error: 'API Error (HTTP 401)',
      },
    );
    expect(final({ subtype: 'success', is_error: true, result: 'x', api_error_status: 429 })).toMatchObject({
      rateLimited: true,
    });
    expect(final({ subtype: 'success', is_error: true, result: 'Claude usage limit reached' })).toMatchObject(
      {
        rateLimited: true,
      },
    );
    expect(final({ subtype: 'error_max_turns', is_error: false })).toMatchObject({ success: false });
  });

  it('does not take the words of a subagent for the final message', () => {
    const message = { id: 'm', content: [{ type: 'text', text: 'inner' }] };
    expect(read('claude', [{ type: 'assistant', parent_tool_use_id: 't', message }]).newest('message')).toBe(
      undefined,
    );
  });
});

describe('what codex prints', () => {
  it('gives session, tools, totals and the last message', () => {
    const item = (over: object) => ({ type: 'item.completed', item: over });
    const { newest, lines } = read('codex', [
      { type: 'thread.started', thread_id: 'th-1' },
      item({ type: 'error', message: 'Model metadata not found' }),
      { type: 'item.started', item: { type: 'command_execution', command: 'npm test' } },
      item({ type: 'command_execution', command: 'npm test', aggregated_output: 'bad\n', exit_code: 1 }),
      item({ type: 'file_change', changes: [{ path: 'a.js', kind: 'update' }] }),
      item({ type: 'agent_message', text: 'first' }),
      item({ type: 'agent_message', text: 'last' }),
      {
        type: 'turn.completed',
        usage: { input_tokens: 6000, cached_input_tokens: 1000, output_tokens: 225 },
      },
    ]);
    expect(newest('sessionId')).toBe('th-1');
    expect(newest('message')).toBe('last');
    expect(newest('usage')).toEqual({ input: 6000, cachedInput: 1000, output: 225 });
    expect(newest('final')).toEqual({ success: true });
    expect(lines.map((line) => [line.kind, line.text])).toEqual([
      ['notice', 'Codex started.'],
      ['notice', 'Model metadata not found'],
      ['tool', '$ npm test'],
      ['tool-result', 'exit code 1\nbad'],
      ['tool', 'edit update a.js'],
      ['text', 'first'],
      ['text', 'last'],
      ['result', 'Finished.'],
    ]);
  });

  it('tells a provider that takes no more for now from one that does not answer', () => {
    const retry = (error: object) => ({
      type: 'system',
      subtype: 'api_retry',
      retry_delay_ms: 1500,
      ...error,
    });
    const { outputs } = read('claude', [
      retry({ error_status: 429, error: 'rate_limit' }),
      retry({ error_status: null, error: 'overloaded' }),
      retry({ error_status: 500, error: 'server_error' }),
    ]);
    expect(outputs.map((output) => output.rateLimit)).toEqual([
      { text: 'rate-limited (429)', delayMs: 1500 },
      { text: 'rate-limited (overloaded)', delayMs: 1500 },
      undefined,
    ]);
    expect(outputs[2]?.transcript[0]?.text).toContain('did not answer');
  });

  it('takes a failed turn for a failure and reconnecting for progress', () => {
    const { newest, outputs } = read('codex', [
      { type: 'error', message: 'Reconnecting... 1/5' },
      { type: 'error', message: 'Reconnecting... 2/5 (last status: 429 Too Many Requests)' },
      { type: 'turn.failed', error: { message: "You've hit your usage limit." } },
    ]);
    expect(outputs[0]).not.toHaveProperty('final');
    expect(outputs.map((output) => output.rateLimit)).toEqual([
      undefined,
      { text: 'rate-limited', delayMs: null },
      undefined,
    ]);
    expect(newest('final')).toEqual({
      success: false,
      error: "You've hit your usage limit.",
      rateLimited: true,
    });
  });

  it('takes off what a resumed session had used before', () => {
    const parse = provider('codex').createParser({
      usage: { input: 1000, cachedInput: 200, output: 45 },
      costUsd: null,
    });
    const usage = { input_tokens: 2000, cached_input_tokens: 400, output_tokens: 90 };
    expect(parse(JSON.stringify({ type: 'turn.completed', usage })).usage).toEqual({
      input: 1000,
      cachedInput: 200,
      output: 45,
    });
  });
});

describe('what pi prints', () => {
  const assistant = (over: object) => ({
    type: 'message_end',
    message: {
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text: 'hi' }],
      usage: { input: 800, cacheRead: 200, output: 45, cost: { total: 0.001 } },
      stopReason: 'stop',
      ...over,
    },
  });

  it('sums usage and cost over messages and takes the last one', () => {
    const { newest } = read('pi', [
      { type: 'session', id: 's-1' },
      { type: 'message_end', message: { role: 'user', content: 'x' } },
      assistant({ stopReason: 'toolUse', content: [] }),
      { type: 'tool_execution_start', toolName: 'bash', args: { command: 'ls' } },
      assistant({}),
      { type: 'agent_end', messages: [] },
    ]);
    expect(newest('sessionId')).toBe('s-1');
    expect(newest('message')).toBe('hi');
    expect(newest('usage')).toEqual({ input: 2000, cachedInput: 400, output: 90 });
    expect(newest('costUsd')).toBeCloseTo(0.002);
    expect(newest('final')).toEqual({ success: true });
  });

  it('fails by the last message’s stop reason although the program ends with 0', () => {
    const { newest } = read('pi', [
      assistant({ stopReason: 'error', errorMessage: '401 invalid key' }),
      { type: 'agent_end' },
    ]);
    expect(newest('final')).toEqual({ success: false, error: '401 invalid key' });
  });

  it('waits for its own retries before it calls a temporary error final', () => {
    const events = [
      assistant({ stopReason: 'error', errorMessage: '429 rate limit' }),
      { type: 'agent_end' },
      { type: 'auto_retry_start', delayMs: 2000 },
    ];
    expect(read('pi', events).newest('final')).toBeUndefined();
    expect(read('pi', events).newest('rateLimit')).toEqual({ text: 'rate-limited', delayMs: 2000 });
    const gaveUp = [...events, { type: 'auto_retry_end', success: false, finalError: '429 rate limit' }];
    expect(read('pi', gaveUp).newest('final')).toMatchObject({ success: false, rateLimited: true });
    const recovered = [
      ...events,
      { type: 'auto_retry_end', success: true },
      assistant({}),
      { type: 'agent_end' },
    ];
    expect(read('pi', recovered).newest('final')).toEqual({ success: true });
  });

  it('shows no price where it knows none', () => {
    const free = assistant({ usage: { input: 1, output: 1, cost: { total: 0 } } });
    expect(read('pi', [free]).newest('costUsd')).toBeUndefined();
  });
});

describe('raw output', () => {
  it('takes each completed json block for a message', () => {
    const lines = ['hello', '```json', '{"a":1}', '```', '```json', '{"a":2}', '```', '```json', '{"cut'];
    const { newest, outputs } = read('exec', lines);
    expect(newest('message')).toBe('```json\n{"a":2}\n```');
    expect(outputs.filter((output) => output.message !== undefined)).toHaveLength(2);
  });

  it('gives up a block that never ends', () => {
    const parse = provider('exec').createParser();
    parse('```json');
    for (let n = 0; n < 300; n += 1) parse('x'.repeat(1024));
    expect(parse('```').message).toBeUndefined();
  });
});

describe('hostile lines', () => {
  const types = [
    'system assistant user result thread.started item.started item.completed turn.completed turn.failed',
    'error session message_end tool_execution_start tool_execution_end agent_end auto_retry_end',
  ].flatMap((names) => names.split(' '));
  const keys =
    'message content usage item result session_id id error modelUsage permission_denials args changes'
      .split(' ')
      .concat('type', 'subtype', 'text', 'command', 'role', '__proto__', 'toString');
  const shaped = fc.record(
    {
      type: fc.constantFrom(...types),
      ...Object.fromEntries(keys.slice(0, 12).map((key) => [key, fc.jsonValue()])),
    },
    { requiredKeys: ['type'] },
  );
  const nested = fc.dictionary(fc.constantFrom(...keys), fc.oneof(fc.jsonValue(), shaped, fc.array(shaped)));
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    shaped.map((event) => JSON.stringify(event)),
    fc
      .tuple(shaped, nested)
      .map(([event, inner]) => JSON.stringify({ ...event, message: inner, item: inner })),
    shaped.map((event) => JSON.stringify(event).slice(0, -1)),
  );

  it.each([...providers.keys()])('%s reads anything without throwing and counts only counts', (id) => {
    const run = fc.check(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const parse = provider(id).createParser();
        for (const text of lines) {
          const { usage, costUsd, transcript } = parse(text);
          for (const value of [...Object.values(usage ?? {}), costUsd ?? 0]) {
            if (!Number.isFinite(value) || value < 0) return false;
          }
          if (transcript.some((shown) => typeof shown.text !== 'string')) return false;
        }
        return true;
      }),
      { numRuns: 300 },
    );
    expect(run.failed ? fc.defaultReportMessage(run) : 'held').toBe('held');
  });

  it('survives objects that cannot become text', () => {
    const odd = [{ toString: 1, valueOf: 1 }];
    const events = [
      { type: 'result', is_error: true, errors: odd },
      { type: 'assistant', message: { content: [{ type: 'tool_use', name: 'x', input: { command: odd } }] } },
    ];
    expect(read('claude', events).newest('final')).toEqual({ success: false, error: '…' });
  });

  it.each(['claude', 'codex', 'gemini', 'qwen', 'opencode', 'pi'])(
    '%s shows a line that is no event as plain text',
    (id) => {
      for (const text of ['Warning: something', '{"type":', '[1]', '42']) {
        expect(read(id, [text]).lines).toEqual([{ stream: 'stdout', kind: 'text', text }]);
      }
      expect(read(id, ['', '{"type":"unheard.of"}']).lines).toEqual([]);
    },
  );
});
