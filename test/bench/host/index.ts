/** Executed inside the extension host: how long one extension takes to activate, and what the host then weighs. */
import * as vscode from 'vscode';

export const FIGURES_MARK = 'CFN-BENCH-FIGURES ';
/** After it the activity of start-up is over. */
const IDLE_MS = 8000;

export async function run(): Promise<void> {
  const own = vscode.extensions.all.find((extension) => extension.packageJSON.benched === true);
  if (!own) throw new Error('No extension under measurement is loaded.');
  const startedAt = performance.now();
  await own.activate();
  const activationMs = performance.now() - startedAt;
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const { rss } = process.memoryUsage();
  console.log(`${FIGURES_MARK}${JSON.stringify({ activationMs, rssMb: rss / 1024 / 1024 })}`);
}
