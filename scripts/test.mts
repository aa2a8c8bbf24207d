/** `npm test`: everything that can run on this machine; what cannot is skipped with its reason. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { findChromium } from './chromium.mts';
import { findDockerEngine } from './docker-engine.mts';
import { findRedisServer } from './redis-server.mts';
import { collect } from './run-command.mts';
import { fromVitest, readResults, resultsFolder, writeResults, type TestResult } from './test-results.mts';

const root = path.resolve(import.meta.dirname, '..');
const results: TestResult[] = [];
const MINUTE = 60_000;

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
/** What went wrong in one line, and where in the tests. */
const inOneLine = (failure = '') =>
  [failure.split('\n', 1)[0], /\btest\/\S+\.m?ts:\d+/.exec(failure)?.[0]].filter(Boolean).join(' at ');
const heading = (text: string) => console.log(`\n── ${text}`);

/** A check that passes or fails as a whole; its output is shown when it fails. */
async function check(title: string, script: string): Promise<boolean> {
  const startedAt = Date.now();
  const { code, output } = await collect('npm', ['run', '--silent', script], {
    cwd: root,
    timeoutMs: 5 * MINUTE,
  });
  console.log(`  ${code === 0 ? '✓' : '✗'} ${title} (${seconds(Date.now() - startedAt)})`);
  if (code !== 0) console.log(output);
  results.push({
    title,
    tier: 'check',
    status: code === 0 ? 'passed' : 'failed',
    message: output.slice(-2000),
  });
  return code === 0;
}

/** Runs a program with its output shown; `null` when it was ended at the limit. */
function show(program: string, args: readonly string[], limitMs: number): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: limitMs,
    });
    child.once('error', () => resolve(null));
    child.once('exit', (code) => resolve(code));
  });
}

async function vitest(tier: string, limitMs: number): Promise<void> {
  heading(tier);
  const raw = path.join(resultsFolder, `${tier}.vitest.json`);
  const entry = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [
    'run',
    '--project',
    tier,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${raw}`,
  ];
  const code = await show(process.execPath, [entry, ...args], limitMs);
  const report = await readFile(raw, 'utf8').catch(() => null);
  const tests = report === null ? [] : fromVitest(JSON.parse(report), tier, root);
  if (code !== 0 && !tests.some((test) => test.status === 'failed')) {
    const title = `the ${tier} tests run to their end`;
    tests.push({ title, tier, status: 'failed', message: `vitest ended with ${code ?? 'the time limit'}` });
  }
  await writeResults(tier, tests);
  results.push(...tests);
}

async function host(): Promise<void> {
  heading('host (inside the extension host of a real VS Code)');
  await show(process.execPath, [path.join(root, 'scripts', 'test-host.mts')], 8 * MINUTE);
  const tests = await readResults('host').catch((): TestResult[] => [
    { title: 'the host tests run', tier: 'host', status: 'failed' },
  ]);
  results.push(...tests);
}

/** `CFN_TEST_REQUIRE=host,e2e`: tiers that must not be left out, for machines that have to have everything. */
const required = new Set(process.env['CFN_TEST_REQUIRE']?.split(','));

function skip(tier: string, reason: string): void {
  console.log(`\n── ${tier}: skipped. ${reason}`);
  const status = required.has(tier) ? 'failed' : 'skipped';
  results.push({ title: `${tier} tests`, tier, status, message: reason });
}

function close(): void {
  const count = (status: TestResult['status']) => results.filter((each) => each.status === status).length;
  const failed = results.filter((each) => each.status === 'failed');
  if (failed.length > 0) {
    heading('failed');
    for (const each of failed) {
      console.log(`  ✗ [${each.tier}] ${each.title}`);
      // Said again here: the end of a long log is what people are shown.
      if (each.message) console.log(each.message.slice(0, 1500).replaceAll(/^/gm, '      '));
    }
  }
  const flaky = results.filter((each) => each.flaky);
  if (flaky.length > 0) {
    heading('passed at the second try');
    for (const each of flaky) console.log(`  ~ [${each.tier}] ${each.title}: ${inOneLine(each.message)}`);
  }
  const skipped = results.filter((each) => each.status === 'skipped');
  if (skipped.length > 0) {
    heading('skipped');
    for (const each of skipped) {
      console.log(`  ↓ [${each.tier}] ${each.title}${each.message ? `: ${each.message}` : ''}`);
    }
  }
  console.log(`\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

const startedAt = Date.now();
await rm(resultsFolder, { recursive: true, force: true });
await mkdir(resultsFolder, { recursive: true });
heading('checks');
if (!(await findRedisServer())) {
  console.log('redis-server is not installed: tests against a real Redis are skipped.');
}
if (!(await findDockerEngine())) {
  console.log('There is no Docker engine, and none can be started: tests with containers are skipped.');
}
const built = await check('the programs are built', 'build');
await check('types hold', 'typecheck');
await check('lint finds nothing', 'lint');
await check('files are formatted', 'format:check');
await check('nothing is unused', 'knip');
await writeResults('check', results);
await vitest('unit', 10 * MINUTE);
await vitest('integration', 40 * MINUTE);
const browser = built ? await findChromium() : { missing: 'The programs could not be built.' };
if ('missing' in browser) {
  skip('host', browser.missing);
  skip('e2e', browser.missing);
} else {
  await host();
  await vitest('e2e', 45 * MINUTE);
}
console.log(`\nDone in ${seconds(Date.now() - startedAt)}.`);
close();
