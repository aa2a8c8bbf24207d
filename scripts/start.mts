/**
 * `npm start`: builds, makes a sample repository and opens VS Code on it with the extension.
 * `--headless` (or CI): drives it without a person, runs the first loop with scripted agents, leaves a screenshot.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSampleRepository } from '../src/adapters/demo-agent/sample-repository.ts';
import { openWorkbench, projectRoot } from '../test/e2e/workbench.mts';
import { findChromium } from './chromium.mts';
import { collect, demand } from './run-command.mts';
import { resultsFolder } from './test-results.mts';
import { startVscodeServer } from './vscode-server.mts';
import { watchDemoLoop, type WatchedLoop } from './watch-demo-loop.mts';

const HEADLESS_LIMIT_MS = 8 * 60_000;
const headless = process.argv.includes('--headless') || process.env['CI'] === 'true';

const startedAt = Date.now();
say('Building …');
await demand('npm', ['run', '--silent', 'build'], { cwd: projectRoot });
const folder = await mkdtemp(path.join(tmpdir(), 'cfn-start-'));
const made = await createSampleRepository(path.join(folder, 'sample'));
if (!made.ok) throw new Error(made.error);
const repository = made.value.folder;
say(`Made a sample repository, a small shop with failing tests: ${repository}`);

if (headless) await runHeadless();
else await runForPerson();

/** The extension finds the file beside the repository and runs the demo loop as soon as the window is there. */
async function runForPerson(): Promise<void> {
  await writeFile(path.join(folder, 'watch-demo'), '');
  if (!(await openDesktop())) await openInBrowser();
}

function say(text: string): void {
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  console.log(`[${String(seconds).padStart(3)} s] ${text}`);
}

/** The user's own VS Code, when its command is on PATH. */
async function openDesktop(): Promise<boolean> {
  const found = await collect('code', ['--version']);
  if (found.code !== 0) return false;
  await demand('code', [
    '--new-window',
    '--disable-workspace-trust',
    `--extensionDevelopmentPath=${projectRoot}`,
    repository,
  ]);
  console.log(
    'VS Code is open: the demo loop starts by itself. Later: "CFN: Watch the Demo Loop" in the command palette.',
  );
  return true;
}

async function openInBrowser(): Promise<void> {
  const server = await startVscodeServer({ development: true });
  const authority = `127.0.0.1:${server.port}`;
  const payload = [['extensionDevelopmentPath', `vscode-remote://${authority}${projectRoot}`]];
  const query = new URLSearchParams({ folder: repository, payload: JSON.stringify(payload) });
  console.log(`\nVS Code with CFN Loop: http://${authority}/?${query.toString()}`);
  console.log('Open it: the demo loop starts by itself. Ctrl+C ends VS Code.\n');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function runHeadless(): Promise<void> {
  const browser = await findChromium();
  if ('missing' in browser) {
    console.error(browser.missing);
    process.exitCode = 1;
    return;
  }
  const limit = setTimeout(() => {
    console.error('The loop was not done in time.');
    process.exit(1);
  }, HEADLESS_LIMIT_MS);
  const workbench = await openWorkbench({
    folder: repository,
    extension: projectRoot,
    // Nobody watches: the scripted agents need not speak slowly.
    env: { XDG_STATE_HOME: path.join(folder, 'state'), CFN_DEMO_PAUSE_MS: '300' },
    size: { width: 1500, height: 940 },
  });
  try {
    say('VS Code is open. Starting "CFN: Watch the Demo Loop": scripted agents, no model, $0.');
    const seen = await watchDemoLoop(workbench, say);
    const shot = path.join(resultsFolder, 'start.png');
    await workbench.screenshot(shot);
    await tellOutcome(seen, shot);
    if (seen.outcome !== 'done: proceeded') process.exitCode = 1;
  } finally {
    await workbench.dispose();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    clearTimeout(limit);
  }
}

/** In plain words, from what the panel showed and what git says. */
async function tellOutcome(seen: WatchedLoop, shot: string): Promise<void> {
  const git = (...args: string[]) => demand('git', ['-C', repository, ...args]);
  const branch = (await git('branch', '--list', 'cfn/*/result', '--format=%(refname:short)')).trim();
  const rounds = Number(/Iteration (\d+)/.exec(seen.states.at(-1) ?? '')?.[1] ?? 0);
  const gateHeld = !seen.states.some((state) => /^Iteration 1 .*(?:Validating|Deciding)$/.test(state));
  console.log('\nWhat happened');
  console.log(`  The loop ended with "${seen.outcome}" in iteration ${rounds}.`);
  if (rounds > 1 && gateHeld) {
    console.log('  Iteration 1 did not pass the gate; what failed went back to the implementer as feedback.');
  }
  if (branch !== '') {
    const stat = (await git('diff', '--shortstat', `main...${branch}`)).trim();
    console.log(`  The work is on the branch ${branch}: ${stat}.`);
  }
  const clean = (await git('status', '--porcelain')).trim() === '';
  console.log(`  The checkout is ${clean ? 'untouched' : 'CHANGED'}, and nothing was merged.`);
  console.log(`  Screenshot: ${shot}\n`);
}
