import type { Workbench } from '../test/e2e/workbench.mts';

export interface WatchedLoop {
  /** The last state that the panel showed. */
  readonly outcome: string;
  /** Every state in order. */
  readonly states: readonly string[];
}

const LOOP_LIMIT_MS = 5 * 60_000;
const LOOK_EVERY_MS = 250;

/** Starts the demo loop as a person would and follows its panel until the loop has ended. */
export async function watchDemoLoop(
  workbench: Workbench,
  say: (line: string) => void,
  during?: (state: string) => Promise<void>,
  place = 'On this machine',
): Promise<WatchedLoop> {
  await workbench.statusBar('CFN').waitFor();
  await workbench.openView('CFN Loop');
  await workbench.page.locator('.welcome-view-content').getByText('No loop has run').waitFor();
  await workbench.command('CFN: Watch the Demo Loop');
  await workbench.pick(place);
  const dialog = workbench.page.locator('.monaco-dialog-box');
  await dialog.getByText('Start this loop?').waitFor();
  await dialog.locator('.monaco-button', { hasText: 'Start Loop' }).click();
  return followLoop(workbench, say, during);
}

/** Follows the open panel until its loop has ended. */
export async function followLoop(
  workbench: Workbench,
  say: (line: string) => void,
  during?: (state: string) => Promise<void>,
): Promise<WatchedLoop> {
  const panel = await workbench.webview('.facts .state');
  const states: string[] = [];
  const deadline = Date.now() + LOOP_LIMIT_MS;
  while (Date.now() < deadline) {
    const [state, iteration] = await Promise.all([
      panel.locator('.facts .state').innerText(),
      panel.locator('.facts span', { hasText: 'Iteration' }).innerText(),
    ]);
    const now = `${iteration}: ${state}`;
    if (states.at(-1) !== now) {
      states.push(now);
      say(now);
      await during?.(now);
    }
    if (await panel.locator('[data-key="start"]').count()) {
      // Read again: what was read above may be older than the end.
      return { outcome: (await panel.locator('.facts .state').innerText()).toLowerCase(), states };
    }
    await workbench.page.waitForTimeout(LOOK_EVERY_MS);
  }
  return { outcome: `not done: ${states.at(-1) ?? 'nothing seen'}`, states };
}
