import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { accessibilityProblems } from './accessibility.mts';
import { createPanelBench, type PanelBenchOptions } from './panel-bench.mts';
import { decisionDue, gateFailed, proceeded, secondIteration } from './story.mts';

const bench = createPanelBench();
afterEach(() => bench.dispose());

const stories = (now: number, worktree: string) => [
  decisionDue(now, worktree),
  { ...secondIteration(now, worktree), taskId: 'add-jwt@2' },
  gateFailed(now, worktree),
  proceeded(now, worktree),
];
const open = (theme: string, options: Partial<PanelBenchOptions> = {}) =>
  bench.open(theme, { stories, ready: 'need', ...options });

async function lastCall(): Promise<unknown> {
  const text = await readFile(path.join(bench.folder(), 'calls.json'), 'utf8');
  return (JSON.parse(text) as unknown[]).at(-1);
}

it('shows a due decision first, with consequences and nothing done by Enter alone', async () => {
  const workbench = await open('Dark Modern');
  expect(await workbench.statusBar('1 needs you').count()).toBe(1);
  const panel = await bench.openLoop('Add JWT authentication', '.card.due');
  expect(await panel.locator('.choice h3').allTextContents()).toEqual([
    'PROCEED',
    'ITERATErecommended',
    'ABORT',
  ]);
  expect(await panel.locator('.choice p').first().innerText()).toContain('Nothing is merged');
  await panel.locator('.vote .trust', { hasText: '21 of 24 good' }).waitFor();
  expect(await accessibilityProblems(panel)).toEqual([]);
  await bench.shot('loop-panel-dark');
  await bench.shotOf('.part.sidebar', 'loop-tree-dark', 490);
  // Against the recommendation takes a line of reason; nothing was decided by looking.
  await panel.locator('[data-key="decide-PROCEED"]').click();
  await panel.locator('[data-key="against-text"]').waitFor();
  expect(await panel.locator('[data-key="against-confirm"]').isDisabled()).toBe(true);
  await panel.locator('[data-key="against-back"]').click();
  await panel.locator('[data-key="decision-text"]').fill('Revoke it at logout\nAdd a test');
  await panel.locator('[data-key="decide-ITERATE"]').click();
  await panel.locator('.card.due').waitFor({ state: 'detached' });
  expect(await lastCall()).toEqual([
    'decide',
    'add-jwt',
    { decision: 'ITERATE', feedback: ['Revoke it at logout', 'Add a test'] },
  ]);
});

it('shows how the iterations converge, as pictures and as a table', async () => {
  await open('Dark Modern');
  const panel = await bench.openLoop('Add JWT authentication', '.iterations');
  expect(await panel.locator('.iterations .outcome').first().innerText()).toContain(
    'Gate failed: tests 61 %',
  );
  await panel.locator('[data-key="iteration-2"]').click();
  await panel.locator('[data-key="past"]').waitFor();
  expect(await panel.locator('[data-key="past"]').innerText()).toContain('You see iteration 2');
  expect(await panel.locator('.card.due').count()).toBe(0);
  expect(await panel.locator('#section-gate').innerText()).toContain('Gate failed');
  expect(await panel.locator('[data-key="draft-feedback"]').count()).toBe(0);
  await bench.shot('panel-iteration-dark');
  await panel.locator('[data-key="back-to-now"]').click();
  await panel.locator('.card.due').waitFor();
  const picture = panel.locator('.pictures svg').first();
  expect(await picture.getAttribute('aria-label')).toBe(
    'Tests pass by iteration. 1: 61 %, 2: 91.2 %, 3: 100 %, 4: 100 %',
  );
  await panel.locator('[data-key="convergence-table"]').click();
  expect(await accessibilityProblems(panel)).toEqual([]);
  expect(await panel.locator('.figures tr', { hasText: 'Consensus' }).innerText()).toMatch(
    /unknown.*0\.82.*0\.91/s,
  );
  await panel.locator('[data-key="point-6"]').click();
  expect(await panel.locator('.point-detail').innerText()).toContain('handoff:add-jwt:reviewer');
});

it('shows why the gate failed apart from what agents claim, in a light theme', async () => {
  await open('Light Modern');
  const panel = await bench.openLoop('Rate limiter', '[data-key="step-gate"]');
  await panel.locator('[data-key="step-gate"]').click();
  await panel.locator('#section-gate .evidence').waitFor();
  expect(await panel.locator('#section-gate .evidence tr').nth(1).innerText()).toMatch(
    /npm test\s+31 of 34 pass \(91\.1 %\)\s+needs 95 %\s+base 100 %, worse/,
  );
  expect(await panel.locator('#section-gate').innerText()).toContain(
    'The agents are sure (0.91). The evidence is not (91.1 %). Evidence decides.',
  );
  expect(await panel.locator('header').innerText()).toContain('at least $1.86');
  expect(await panel.locator('.rail').innerText()).toContain('Iteration 2 carries 2 feedback items');
  expect(await accessibilityProblems(panel)).toEqual([]);
  await bench.shot('loop-panel-light');
});

it('stays readable in high contrast and in a narrow column', async () => {
  await open('Default High Contrast', { size: { width: 900, height: 900 } });
  const panel = await bench.openLoop('Add JWT authentication', '.card.due');
  const overflow = await panel.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
  expect(await accessibilityProblems(panel)).toEqual([]);
  await bench.shot('loop-panel-hc');
  // The check sees something at all.
  await panel.evaluate(() => document.body.append(document.createElement('button')));
  expect(await accessibilityProblems(panel)).toHaveLength(1);
});

it('decides from the inbox with nothing pre-selected', async () => {
  const workbench = await open('Dark Modern');
  const inbox = workbench.treeRow('Decide iteration 4', 'Inbox');
  await inbox.waitFor();
  await inbox.click();
  await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'ABORT' }).waitFor();
  await workbench.page.keyboard.press('Enter');
  // Still there: Enter chose nothing.
  await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'ABORT' }).waitFor();
  await bench.shot('decide-dark');
  await workbench.pick('PROCEED');
  await workbench.answer('Good enough for today');
  await workbench.treeRow('done: proceeded').nth(1).waitFor();
  expect(await lastCall()).toEqual([
    'decide',
    'add-jwt',
    { decision: 'PROCEED', reason: 'Good enough for today' },
  ]);
});

it('opens the result as a native diff of several files', async () => {
  const workbench = await open('Dark Modern');
  const panel = await bench.openLoop('Add JWT authentication', '[data-key="diff"]');
  await panel.locator('[data-key="diff"]').click();
  await workbench.page.locator('.multiDiffEntry').first().waitFor();
  const names = await workbench.page.locator('.multiDiffEntry .file-path').allInnerTexts();
  expect(names.join(' ')).toContain('jwt.ts');
  await workbench.page.locator('.line-insert').first().waitFor();
  await bench.shot('diff-dark');
});

it('loses no click on a row while loops change many times a second', async () => {
  const workbench = await open('Dark Modern', { env: { CFN_FAKE_BUSY: '1' } });
  for (const title of ['Add JWT authentication', 'Rate limiter', 'Add JWT authentication', 'Rate limiter']) {
    await workbench.treeRow(title).first().click();
    const tab = workbench.page.locator('.tab.active', { hasText: `CFN: ${title}` });
    await tab.waitFor();
    expect(await tab.count()).toBe(1);
  }
});

it('keeps its views where they are when loops arrive, so that a click meets what it was meant for', async () => {
  const workbench = await open('Dark Modern', { ready: null, env: { CFN_FAKE_SLOW_MS: '8000' } });
  await workbench.openView('CFN Loop');
  const header = workbench.page.locator('.pane-header', { hasText: 'Agents' });
  await header.waitFor();
  const before = await header.boundingBox();
  expect(await workbench.treeRow('Rate limiter').count()).toBe(0);
  await workbench.treeRow('Rate limiter').first().waitFor();
  expect(await header.boundingBox()).toEqual(before);
});
