import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { accessibilityProblems } from './accessibility.mts';
import { createPanelBench } from './panel-bench.mts';
import { decisionDue } from './story.mts';
import { heldBeforeGate, implementing } from './story-implementing.mts';

const bench = createPanelBench();
afterEach(() => bench.dispose());

const stories = (now: number, worktree: string) => [
  implementing(now, worktree),
  heldBeforeGate(now, worktree),
  { ...decisionDue(now, worktree), waiting: null, step: 'implement' as const },
];

async function calls(): Promise<unknown[]> {
  return JSON.parse(await readFile(path.join(bench.folder(), 'calls.json'), 'utf8')) as unknown[];
}

it('tells each agent by state, signal and age, and is steered by single keys', async () => {
  await bench.open('Dark Modern', { stories, ready: 'CFN' });
  const panel = await bench.openLoop('Sign in with sessions', '.agent');
  const rows = panel.locator('.agent');
  expect(await rows.locator('.state > b').allInnerTexts()).toEqual([
    'Waiting for you',
    'Working',
    'Quiet',
    'Stuck?',
    'Rate-limited',
    'Done',
  ]);
  expect(await rows.nth(3).locator('.signals').innerText()).toMatch(
    /no output \d+:\d\d · no file change \d+:\d\d · CPU 0 %/,
  );
  expect(await rows.nth(5).locator('.cost').innerText()).toBe('unkn.');
  expect(await accessibilityProblems(panel)).toEqual([]);
  const question = rows.first().locator('[data-key="question-q1"]');
  expect(await question.locator('p').innerText()).toContain('Should the refresh token rotate');
  expect(await question.locator('button').allInnerTexts()).toEqual([
    'On every use',
    'Near its end',
    'Write an answer…',
  ]);
  expect(await question.locator('button:not(.secondary)').count()).toBe(0);
  await rows.nth(3).hover();
  await bench.shot('panel-agents-dark');

  await rows.first().focus();
  await bench.press('ArrowRight', 'ArrowRight', 'Enter');
  await expect
    .poll(calls)
    .toContainEqual([
      'answerQuestion',
      expect.any(String),
      { agentId: 'frontend-1', questionId: 'q1' },
      'Near its end',
    ]);

  // From nowhere to the first row, down twice, into its actions and back.
  await rows.first().focus();
  await bench.press('j', 'j');
  const focused = () => panel.evaluate(() => document.activeElement?.getAttribute('data-row'));
  expect(await focused()).toBe('backend-2');
  await bench.press('ArrowRight');
  expect(await panel.evaluate(() => document.activeElement?.getAttribute('data-key'))).toContain(
    'backend-2-',
  );
  await bench.press('Escape');
  expect(await focused()).toBe('backend-2');

  await bench.press('i');
  await panel.locator('dialog').waitFor();
  expect(await panel.locator('dialog h2').innerText()).toBe('6 implementers');
  expect(await accessibilityProblems(panel)).toEqual([]);
  await bench.press('Escape');
  await panel.locator('dialog').waitFor({ state: 'detached' });
  await bench.press('?');
  await panel.locator('dialog', { hasText: 'next thing that needs you' }).waitFor();
  await bench.press('Escape');
  await bench.press('2');
  await panel.locator('#section-gate.card').waitFor();
  expect(await panel.locator('#section-gate').innerText()).toContain('Evidence decides');
});

it('stops before a transfer point, takes an edited hand-over and lets it go on', async () => {
  await bench.open('Dark Modern', { stories, ready: 'CFN' });
  const panel = await bench.openLoop('Rotate secrets', '[data-key="held"]');
  await panel.locator('[data-key="held"] pre', { hasText: '"' }).waitFor();
  expect(await panel.locator('[data-key="held"]').innerText()).toMatch(
    /Held by you before TP 5, Gate\s+for \d+:\d\d. Nothing times out while it is held\./,
  );
  expect(await accessibilityProblems(panel)).toEqual([]);
  await bench.shot('panel-held-dark');
  await panel.locator('[data-key="point-3"]').click();
  await panel.locator('[data-key="breakpoint-3"]').check();
  await expect.poll(calls).toContainEqual(['setBreakpoints', 'held', [3, 5]]);

  await panel.locator('[data-key="edit-held"]').click();
  const text = panel.locator('[data-key="held-text"]');
  await text.fill('{ not json');
  expect(await panel.locator('[data-key="held"] .error').innerText()).toContain('takes JSON');
  expect(await panel.locator('[data-key="release-edited"]').isDisabled()).toBe(true);
  await text.fill('{"failedFor":["the sixth try"]}');
  await panel.locator('[data-key="release-edited"]').click();
  await panel.locator('[data-key="held"]').waitFor({ state: 'detached' });
  await expect.poll(calls).toContainEqual(['release', 'held', '{"failedFor":["the sixth try"]}']);
});

it('reflows to 320 pixels and keeps what was typed and folded when the tab was hidden', async () => {
  await bench.open('Dark Modern', { stories, ready: 'CFN', size: { width: 1500, height: 900 } });
  const panel = await bench.openLoop('Sign in with sessions', '.agent');
  await panel.locator('[data-key="section-gate"]').click();
  await panel.locator('#section-gate.card').waitFor();
  await bench.openLoop('Rotate secrets', '[data-key="held"]');
  const again = await bench.openLoop('Sign in with sessions', '#section-gate.card');
  expect(await again.locator('#section-gate.card').count()).toBe(1);
  for (const width of [420, 320]) {
    const overflow = await bench.atWidth(again, width);
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await accessibilityProblems(again)).toEqual([]);
  }
});
