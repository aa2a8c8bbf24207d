/** What a person sees of agents' containers in a real VS Code, and a shell in one of them. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createPanelBench } from './panel-bench.mts';
import { implementing } from './story-implementing.mts';

const bench = createPanelBench();
afterEach(() => bench.dispose());

const stories = (now: number, worktree: string) => [implementing(now, worktree)];
const calls = async (): Promise<unknown[]> =>
  JSON.parse(await readFile(path.join(bench.folder(), 'calls.json'), 'utf8')) as unknown[];

it('shows what containers use, and opens a shell in one from its row', async () => {
  const workbench = await bench.open('Dark Modern', { stories, ready: 'CFN' });
  const { page } = workbench;
  const panel = await bench.openLoop('Sign in with sessions', '.agent');
  const container = panel.locator('.agent', { hasText: 'backend-1' }).locator('.container');
  await expect.poll(() => container.innerText()).toMatch(/Container running\s+212 MB of 1 GB\s+CPU 42 %/);
  expect(await container.locator('.meter').first().getAttribute('aria-label')).toBe('Memory: 212 MB of 1 GB');
  const row = workbench.treeRow('backend-1');
  expect(await row.getAttribute('aria-label')).toContain('212 MB of 1 GB · CPU 42 %');
  expect(await workbench.treeRow('migrations-1').getAttribute('aria-label')).toContain('container: gone');

  await workbench.rowMenu(row, 'Open Shell in Container');
  const terminal = page.locator('.xterm-rows').last();
  await terminal.filter({ hasText: 'backend-1:/workspace$' }).waitFor();
  await page.locator('.xterm-screen').last().click();
  await page.keyboard.type('size\n');
  // As wide as the terminal is, and not as it was asked for at first.
  await expect.poll(() => terminal.innerText()).toMatch(/\d+\scolumns/);
  expect(await terminal.innerText()).not.toMatch(/\b80\scolumns/);
  await bench.shot('container-shell-dark');
  await page.keyboard.type('gone\n');
  await terminal.filter({ hasText: /container.of.backend-1.has.ended/ }).waitFor();
  await page.keyboard.type('x');
  await page.locator('.xterm-screen').waitFor({ state: 'detached' });

  await workbench.rowMenu(row, 'Open Shell in Container');
  await terminal.filter({ hasText: 'backend-1:/workspace$' }).waitFor();
  await workbench.command('Terminal: Kill the Active Terminal Instance');
  await expect.poll(calls).toContainEqual(['endShell', 'backend-1']);
});
