import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { Step, Turn } from './turn.ts';

type Json = Readonly<Record<string, unknown>>;

/** What the scripted model reports for every request: 1000 tokens in, 200 of them from the cache, 45 out. */
export const USAGE = { fresh: 800, cached: 200, output: 45 } as const;

export interface Dialect {
  readonly path: RegExp;
  read(body: Json): Turn;
  /** Server-sent events, in order. */
  answer(step: Exclude<Step, { kind: 'fail' }>, turn: Turn, model: string): readonly Json[];
  readonly ending: string;
  /** Requests with this path want one JSON object instead of a stream. */
  readonly whole?: RegExp;
}

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(object) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map((part) => text(part['text']))
    .join('\n');
}

let counter = 0;
const id = (prefix: string) => `${prefix}_${(counter += 1)}`;

interface Message {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly text: string;
}

function turnOf(messages: readonly Message[], tools: readonly string[]): Turn {
  const lastUser = messages.findLastIndex((message) => message.role === 'user');
  const results = messages.slice(lastUser + 1).filter((message) => message.role === 'tool');
  return {
    prompt: messages[lastUser]?.text ?? '',
    history: messages.filter((message) => message.role === 'user').map((message) => message.text),
    step: results.length,
    lastToolResult: results.at(-1)?.text ?? '',
    tools,
  };
}

const heredoc = (path: string, content: string) => `cat > '${path}' <<'END_OF_FILE'\n${content}END_OF_FILE`;

/** The step as a call of one of the tools on offer. */
function call(
  step: Exclude<Step, { kind: 'fail' | 'say' }>,
  tools: readonly string[],
): { name: string; input: Json } {
  const has = (...names: readonly string[]) => names.find((name) => tools.includes(name));
  if (step.kind === 'read') {
    const name = has('Read', 'read', 'read_file');
    if (name === 'read_file') return { name, input: { file_path: step.path } };
    if (name === 'Read') return { name, input: { file_path: step.path } };
    if (name === 'read') return { name, input: { path: step.path, filePath: step.path } };
    if (tools.includes('view') && isAbsolute(step.path)) return { name: 'view', input: { path: step.path } };
    return shell(`cat '${step.path}'`, tools);
  }
  if (step.kind === 'write') {
    const name = has('Write', 'write', 'write_file');
    if (name === 'Write' || name === 'write_file')
      return { name, input: { file_path: step.path, content: step.content } };
    if (name === 'write') {
      return { name, input: { path: step.path, filePath: step.path, content: step.content } };
    }
    // It makes new files only, and takes absolute paths alone.
    if (tools.includes('create') && isAbsolute(step.path) && !existsSync(step.path)) {
      return { name: 'create', input: { path: step.path, file_text: step.content } };
    }
    return shell(heredoc(step.path, step.content), tools);
  }
  return step.kind === 'tool' ? ofServer(step, tools) : shell(step.command, tools);
}

/** Each CLI puts the server's name before it in a way of its own. */
function ofServer({ name, input }: Extract<Step, { kind: 'tool' }>, tools: readonly string[]) {
  const found = tools.find((tool) => tool.endsWith(name));
  if (found === undefined) throw new Error(`No ${name} among the tools ${tools.join(', ')}`);
  return { name: found, input };
}

function shell(command: string, tools: readonly string[]): { name: string; input: Json } {
  if (tools.includes('Bash')) return { name: 'Bash', input: { command, description: 'Run it' } };
  if (tools.includes('bash')) return { name: 'bash', input: { command, description: 'Run it' } };
  if (tools.includes('run_shell_command')) {
    return { name: 'run_shell_command', input: { command, description: 'Run it', is_background: false } };
  }
  if (tools.includes('exec_command')) return { name: 'exec_command', input: { cmd: command } };
  if (tools.includes('run_commands')) return { name: 'run_commands', input: { commands: [command] } };
  if (tools.includes('shell_command')) return { name: 'shell_command', input: { command } };
  if (tools.includes('shell')) return { name: 'shell', input: { command: ['bash', '-lc', command] } };
  throw new Error(`No shell among the tools ${tools.join(', ')}`);
}

/** https://docs.anthropic.com/en/api/messages-streaming */
export const anthropic: Dialect = {
  path: /\/v1\/messages$/,
  ending: '',
  read(body) {
    const messages = list(body['messages']).flatMap((message): Message[] => {
      const parts = typeof message['content'] === 'string' ? [] : list(message['content']);
      const results = parts.filter((part) => part['type'] === 'tool_result');
      // What a CLI adds beside tool results is no new prompt.
      if (results.length > 0) {
        return results.map((part) => ({ role: 'tool', text: contentText(part['content']) }));
      }
      const role = message['role'] === 'user' ? 'user' : 'assistant';
      return [{ role, text: contentText(message['content']) }];
    });
    return turnOf(
      messages,
      list(body['tools']).map((tool) => text(tool['name'])),
    );
  },
  answer(step, turn, model) {
    const usage = {
      input_tokens: USAGE.fresh,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: USAGE.cached,
      output_tokens: USAGE.output,
    };
    const called = step.kind === 'say' ? null : call(step, turn.tools);
    const block = called
      ? { type: 'tool_use', id: id('toolu'), name: called.name, input: {} }
      : { type: 'text', text: '' };
    const delta = called
      ? { type: 'input_json_delta', partial_json: JSON.stringify(called.input) }
      : { type: 'text_delta', text: step.kind === 'say' ? step.text : '' };
    return [
      {
        type: 'message_start',
        message: {
          id: id('msg'),
          type: 'message',
          role: 'assistant',
          model,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { ...usage, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: block },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: called ? 'tool_use' : 'end_turn', stop_sequence: null },
        usage,
      },
      { type: 'message_stop' },
    ];
  },
};

/** `server.tool` of a namespace, as we name it, or a tool alone. */
function inNamespace(tool: string): Json {
  const [namespace, name] = tool.split('.');
  return name === undefined ? { name: tool } : { name, namespace };
}

/** https://platform.openai.com/docs/api-reference/responses-streaming */
export const responses: Dialect = {
  path: /\/v1\/responses$/,
  ending: '',
  read(body) {
    const messages = list(body['input']).flatMap((item): Message[] => {
      const type = text(item['type']);
      if (type.endsWith('_output')) {
        return [{ role: 'tool', text: text(item['output']) || contentText(item['output']) }];
      }
      if (type !== 'message' && type !== '') return [];
      const role = item['role'] === 'assistant' ? 'assistant' : item['role'] === 'user' ? 'user' : null;
      return role === null ? [] : [{ role, text: contentText(item['content']) }];
    });
    const tools = list(body['tools']).flatMap((tool) => {
      const name = text(tool['name']);
      if (tool['type'] !== 'namespace') return [name];
      return list(tool['tools']).map((inner) => `${name}.${text(inner['name'])}`);
    });
    return turnOf(messages, tools);
  },
  answer(step, turn, model) {
    const response = { id: id('resp'), object: 'response', model, status: 'in_progress', output: [] };
    const called = step.kind === 'say' ? null : call(step, turn.tools);
    const item = called
      ? {
          type: 'function_call',
          id: id('fc'),
          call_id: id('call'),
          ...inNamespace(called.name),
          arguments: JSON.stringify(called.input),
        }
      : {
          type: 'message',
          id: id('msg'),
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: step.kind === 'say' ? step.text : '', annotations: [] }],
        };
    const usage = {
      input_tokens: USAGE.fresh + USAGE.cached,
      input_tokens_details: { cached_tokens: USAGE.cached },
      output_tokens: USAGE.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: USAGE.fresh + USAGE.cached + USAGE.output,
    };
    return [
      { type: 'response.created', response },
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: { ...response, status: 'completed', output: [item], usage } },
    ];
  },
};

/** https://platform.openai.com/docs/api-reference/chat-streaming */
export const chat: Dialect = {
  path: /\/chat\/completions$/,
  ending: 'data: [DONE]\n\n',
  read(body) {
    const messages = list(body['messages']).flatMap((message): Message[] => {
      const role = message['role'];
      if (role !== 'user' && role !== 'assistant' && role !== 'tool') return [];
      return [{ role, text: contentText(message['content']) }];
    });
    const tools = list(body['tools']).map((tool) => text(object(tool['function'])['name']));
    return turnOf(messages, tools);
  },
  answer(step, turn, model) {
    const base = { id: id('chatcmpl'), object: 'chat.completion.chunk', created: 1, model };
    const called = step.kind === 'say' ? null : call(step, turn.tools);
    const delta = called
      ? {
          role: 'assistant',
          tool_calls: [
            {
              index: 0,
              id: id('call'),
              type: 'function',
              function: { name: called.name, arguments: JSON.stringify(called.input) },
            },
          ],
        }
      : { role: 'assistant', content: step.kind === 'say' ? step.text : '' };
    const usage = {
      prompt_tokens: USAGE.fresh + USAGE.cached,
      completion_tokens: USAGE.output,
      total_tokens: USAGE.fresh + USAGE.cached + USAGE.output,
      prompt_tokens_details: { cached_tokens: USAGE.cached },
    };
    return [
      { ...base, choices: [{ index: 0, delta, finish_reason: null }] },
      { ...base, choices: [{ index: 0, delta: {}, finish_reason: called ? 'tool_calls' : 'stop' }] },
      { ...base, choices: [], usage },
    ];
  },
};

/** https://ai.google.dev/api/generate-content */
export const google: Dialect = {
  path: /:(?:streamGenerateContent|generateContent)$/,
  whole: /:generateContent$/,
  ending: '',
  read(body) {
    const messages = list(body['contents']).flatMap((content): Message[] => {
      const parts = list(content['parts']);
      const results = parts.filter((part) => part['functionResponse'] !== undefined);
      if (results.length > 0) {
        return results.map((part) => ({ role: 'tool', text: JSON.stringify(part['functionResponse']) }));
      }
      const role = content['role'] === 'model' ? 'assistant' : 'user';
      return [{ role, text: contentText(parts) }];
    });
    const declared = list(body['tools']).flatMap((tool) => list(tool['functionDeclarations']));
    return turnOf(
      messages,
      declared.map((tool) => text(tool['name'])),
    );
  },
  answer(step, turn, model) {
    const called = step.kind === 'say' ? null : call(step, turn.tools);
    const part = called
      ? { functionCall: { id: id('call'), name: called.name, args: called.input } }
      : { text: step.kind === 'say' ? step.text : '' };
    return [
      {
        candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }],
        usageMetadata: {
          promptTokenCount: USAGE.fresh + USAGE.cached,
          cachedContentTokenCount: USAGE.cached,
          candidatesTokenCount: USAGE.output,
          totalTokenCount: USAGE.fresh + USAGE.cached + USAGE.output,
        },
        modelVersion: model,
      },
    ];
  },
};
