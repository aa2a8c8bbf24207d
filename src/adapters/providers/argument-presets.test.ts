import { assert, constantFrom, jsonValue, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import type { AgentOutput } from '../../ports/agent-provider.ts';
import { promptArgument } from './preset.ts';
import { providers } from './registry.ts';

function read(id: string, events: readonly object[]): readonly AgentOutput[] {
  const parse = providers.get(id)!.createParser();
  return events.map((event) => parse(JSON.stringify(event)));
}
const shown = (outputs: readonly AgentOutput[]) =>
  outputs.flatMap(({ transcript }) => transcript.map(({ kind, text }) => `${kind}: ${text}`));

it('reads what GitHub Copilot CLI prints: tools, the message, and its session at the end', () => {
  const outputs = read('copilot', [
    { type: 'session.background_tasks_changed', data: {} },
    { type: 'tool.execution_start', data: { toolName: 'bash', arguments: { command: 'npm test' } } },
    { type: 'tool.execution_complete', data: { success: true, result: { content: 'pass 1\n' } } },
    { type: 'tool.execution_complete', data: { success: false, error: { message: 'denied' } } },
    { type: 'assistant.message', data: { content: 'Done.', model: 'gpt-5' } },
    { type: 'result', sessionId: 's-1', exitCode: 0 },
  ]);
  expect(shown(outputs)).toEqual([
    'tool: bash npm test',
    'tool-result: pass 1',
    'error: denied',
    'text: Done.',
    'result: Finished.',
  ]);
  expect(outputs[4]).toMatchObject({ message: 'Done.', model: 'gpt-5' });
  expect(outputs[5]).toMatchObject({ sessionId: 's-1', final: { success: true } });
});

it('takes no session of GitHub Copilot CLI for a success that had an error or another exit code', () => {
  const error = { type: 'session.error', data: { message: 'Authentication failed (HTTP 401).' } };
  const end = (exitCode: number) => ({ type: 'result', sessionId: 's', exitCode });
  const final = (events: readonly object[]) => read('copilot', events).at(-1)?.final;
  expect(final([error, end(1)])).toEqual({ success: false, error: 'Authentication failed (HTTP 401).' });
  expect(final([error, end(0)])?.success).toBe(false);
  expect(final([end(1)])?.success).toBe(false);
  const busy = read('copilot', [{ type: 'model.call_failure', data: { statusCode: 429 } }]);
  expect(busy[0]?.rateLimit).toEqual({ text: 'rate-limited', delayMs: null });
});

it('reads what Cline prints: commands, the message, totals', () => {
  const event = (inner: object) => ({ type: 'agent_event', event: inner });
  const outputs = read('cline', [
    event({
      type: 'content_start',
      contentType: 'tool',
      toolName: 'run_commands',
      input: { commands: ['ls', 'pwd'] },
    }),
    event({ type: 'content_end', contentType: 'tool', output: [{ result: 'a.js' }, { result: '/w\n' }] }),
    event({ type: 'content_end', contentType: 'tool', error: 'requires approval' }),
    event({ type: 'content_end', contentType: 'text', text: 'Done.' }),
    {
      type: 'run_result',
      finishReason: 'completed',
      usage: { inputTokens: 1000, cacheReadTokens: 200, outputTokens: 45, totalCost: 0 },
      text: 'Done.',
      model: { id: 'm' },
    },
  ]);
  expect(shown(outputs)).toEqual([
    'tool: run_commands ls; pwd',
    'tool-result: a.js\n/w',
    'error: requires approval',
    'text: Done.',
    'result: Finished.',
  ]);
  expect(outputs[4]).toMatchObject({
    final: { success: true },
    message: 'Done.',
    usage: { input: 1000, cachedInput: 200, output: 45 },
    model: 'm',
  });
  expect(outputs[4]).not.toHaveProperty('costUsd');
});

it('takes an aborted run of Cline for a failure, whatever its exit code', () => {
  const [aborted] = read('cline', [{ type: 'run_result', finishReason: 'aborted', text: '' }]);
  expect(aborted?.final).toEqual({ success: false, error: 'The run ended with aborted.' });
  const [refused] = read('cline', [{ type: 'error', message: 'No key.' }]);
  expect(refused?.final).toEqual({ success: false, error: 'No key.' });
});

it('survives any value in any place of what they print', () => {
  assert(
    property(constantFrom('copilot', 'cline'), jsonValue(), string(), (id, value, line) => {
      const parse = providers.get(id)!.createParser();
      for (const type of ['result', 'run_result', 'assistant.message', 'agent_event', 'session.error']) {
        const output = parse(JSON.stringify({ type, data: value, event: value, usage: value, model: value }));
        expect(Array.isArray(output.transcript)).toBe(true);
      }
      expect(Array.isArray(parse(line).transcript)).toBe(true);
    }),
  );
});

it('gives a prompt as one argument as long as a system takes it, and names its file beyond that', () => {
  const file = '/a/prompt.md';
  expect(promptArgument({ text: 'Do it.', file }, 10)).toBe('Do it.');
  // Bytes and not characters.
  expect(promptArgument({ text: 'ääääää', file }, 10)).toContain(file);
  const argv = (id: string, text: string) =>
    providers.get(id)!.command({
      program: { kind: 'preset', preset: id },
      permission: 'edits',
      sessionId: null,
      outFolder: '/out',
      prompt: { text, file },
    });
  expect(argv('cline', 'Fix it.')).toMatchObject({ stdin: 'empty' });
  expect(argv('cline', 'Fix it.').argv.at(-1)).toBe('Fix it.');
  expect(argv('aider', 'Fix it.').argv.slice(-2)).toEqual(['--message-file', file]);
  expect(argv('copilot', 'Fix it.').argv).not.toContain('Fix it.');
});
