import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatChannelLine } from '../../src/vscode/log-line.ts';
import { formatLogText } from '../../src/base/structured-logger.ts';
import { FRONT_MATTER_NAMES } from '../../src/protocol/settings.ts';

const folder = path.resolve(import.meta.dirname, '..', '..', 'syntaxes');
const read = async (name: string) => JSON.parse(await readFile(path.join(folder, name), 'utf8')) as unknown;

interface Rule {
  readonly match?: string;
  readonly captures?: Readonly<Record<string, { readonly name: string }>>;
  readonly name?: string;
}

/** The rule's scopes over a line: every part that it names. */
async function scopes(rule: string, line: string): Promise<readonly (readonly [string, string])[]> {
  const { repository } = (await read('cfn-log.tmLanguage.json')) as { repository: Record<string, Rule> };
  const { match = '(?!)', captures = {}, name } = repository[rule] ?? {};
  const found = new RegExp(match).exec(line);
  if (!found) return [];
  const named = Object.entries(captures).flatMap(([index, capture]) => {
    const text = found[Number(index)];
    return text === undefined ? [] : [[text, capture.name] as const];
  });
  return name === undefined ? named : [[found[0], name], ...named];
}

const record = {
  timestamp: '2026-11-20T10:00:00Z',
  level: 'WARNING',
  task_id: 'fix-login',
  agent_id: 'api-1',
  correlation: 'run-agent:iter-3:1731752400000',
  message: 'Slow',
} as const;

describe('the grammar of loop logs', () => {
  it('knows what `cfn logs` prints', async () => {
    expect(await scopes('said', '10:00:01 api-1 tool: $ npm test')).toEqual([
      ['10:00:01', 'comment.line.time.cfn-log'],
      ['api-1', 'entity.name.type.agent.cfn-log'],
      ['tool', 'keyword.other.kind.cfn-log'],
      [':', 'punctuation.separator.cfn-log'],
    ]);
    expect(await scopes('said', '10:00:01 api-1 error: no')).toContainEqual(['error', 'token.error-token']);
    expect(await scopes('mark', '10:00:01 ✗ exit code 1')).toContainEqual([
      '✗ exit code 1',
      'token.error-token',
    ]);
  });

  it('knows correlation keys and levels as the logger writes them', async () => {
    const text = formatLogText(record);
    expect(await scopes('level', text)).toEqual([['WARNING', 'token.warn-token']]);
    expect(await scopes('correlation', text)).toEqual([
      ['run-agent', 'entity.name.function.operation.cfn-log'],
      [':', 'punctuation.separator.cfn-log'],
      ['iter-3', 'constant.numeric.iteration.cfn-log'],
      [':', 'punctuation.separator.cfn-log'],
      ['1731752400000', 'constant.numeric.time.cfn-log'],
    ]);
    expect(await scopes('correlation', 'at 10:00:00 in src/a.ts:12')).toEqual([]);
  });

  it('knows the fields of a record in the channel', async () => {
    const line = formatChannelLine(record);
    const rest = line.slice(line.indexOf('"task_id"'));
    expect(await scopes('record', rest)).toEqual([
      ['task_id', 'keyword.other.key.cfn-log'],
      ['fix-login', 'string.quoted.double.json'],
    ]);
  });

  it('is laid over the log channel only with what is ours', async () => {
    expect(await read('cfn-log-injection.tmLanguage.json')).toMatchObject({
      injectionSelector: 'L:text.log',
      patterns: [{ include: 'source.cfn-log#correlation' }, { include: 'source.cfn-log#record' }],
    });
  });
});

it('the grammar of epics colours every key that the schema knows, and embeds Markdown', async () => {
  const text = JSON.stringify(await read('epic.tmLanguage.json'));
  expect(text).toContain(`(${FRONT_MATTER_NAMES.join('|')})`);
  expect(text).toContain('"include":"text.html.markdown"');
});
