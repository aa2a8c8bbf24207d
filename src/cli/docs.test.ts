import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { resolveStartRequest } from '../app/resolve-start.ts';
import { parseEpic } from '../protocol/epic-file.ts';
import { FRONT_MATTER_NAMES, REPOSITORY_SETTING_NAMES } from '../protocol/settings.ts';
import { MODE_POLICIES } from '../domain/loop/policy.ts';
import { NOT_BUILT, VERBS } from './dispatch.ts';
import { runCommand } from './start-input.ts';

const page = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');

describe('docs/cli.md', () => {
  it('has every verb, and names exactly those that are not built', () => {
    for (const { name } of VERBS) expect(page).toMatch(new RegExp(`^\\| \`${name}\\b`, 'm'));
    const end = page.slice(page.indexOf('## Not built yet'));
    const named = Array.from(end.matchAll(/`(\w+)`(?=[,;])/g), (match) => match[1]);
    expect(named).toEqual([...NOT_BUILT]);
  });

  it('has every flag of run', () => {
    const table = page.slice(page.indexOf('## `cfn run`'), page.indexOf('**A SPEC**'));
    for (const option of runCommand().options) expect(table).toContain(option.long);
  });

  it('has an epic that is right, with every key', () => {
    const sample = /```markdown\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const epic = parseEpic(sample);
    expect(epic).toMatchObject({ ok: true, value: { warnings: [] } });
    const settings = epic.ok ? epic.value.settings : {};
    expect(Object.keys(settings).sort()).toEqual([...FRONT_MATTER_NAMES].sort());
    const request = resolveStartRequest({
      folder: '/',
      taskId: null,
      description: 'x',
      requirements: [],
      acceptance: [],
      layers: [{ settings, label: (name) => name }],
      foundPresets: [],
    });
    expect(request).toHaveProperty('ok', true);
  });

  it('has every key of a settings file', () => {
    for (const name of REPOSITORY_SETTING_NAMES) expect(page).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('[FL-110] [FL-111] [FL-112] quotes the mode table', () => {
    for (const [mode, policy] of Object.entries(MODE_POLICIES)) {
      const row = [policy.gateThreshold, policy.consensusThreshold, policy.evidencePassRate]
        .map((value) => value.toFixed(2))
        .join(' +\\| +');
      expect(page).toMatch(new RegExp(`^\\| \`${mode}\` +\\| ${row} `, 'm'));
    }
  });
});
