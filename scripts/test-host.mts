/**
 * Runs test/host inside the extension host of a real VS Code and writes test-results/host.json.
 * `--electron`: in the desktop application, which @vscode/test-electron downloads.
 */
import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openWorkbench, projectRoot } from '../test/e2e/workbench.mts';
import { prepareScene, type Scene } from '../test/e2e/scene.mts';
import { RESULTS_MARK as MARK } from '../test/host/suite.mts';
import { writeResults, type TestResult } from './test-results.mts';

const LIMIT_MS = 240_000;
const bundle = path.join(projectRoot, 'out', 'host-tests', 'index.js');

await build({
  entryPoints: [path.join(projectRoot, 'test', 'host', 'index.ts')],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  external: ['vscode'],
  sourcemap: 'inline',
  logLevel: 'warning',
});

const scene = await prepareScene();
try {
  const results = process.argv.includes('--electron') ? await inElectron(scene) : await inServer(scene);
  await writeResults('host', results);
  for (const result of results) {
    console.log(
      `  ${result.status === 'passed' ? '✓' : result.status === 'failed' ? '✗' : '↓'} ${result.title}`,
    );
    if (result.message) console.log(`    ${result.message.replaceAll('\n', '\n    ')}`);
  }
  if (results.some((result) => result.status === 'failed')) process.exitCode = 1;
} finally {
  await scene.dispose();
}

function parse(lines: readonly string[], why: string): TestResult[] {
  const line = lines.find((each) => each.includes(MARK));
  if (line) return JSON.parse(line.slice(line.indexOf(MARK) + MARK.length)) as TestResult[];
  const tail = lines.slice(-30).join('\n');
  return [{ title: 'the host tests report', status: 'failed', tier: 'host', message: `${why}\n${tail}` }];
}

async function inServer(scene: Scene): Promise<TestResult[]> {
  const workbench = await openWorkbench({
    folder: scene.repository,
    extension: projectRoot,
    tests: bundle,
    env: scene.env,
  });
  try {
    const timeout = new Promise<null>((resolve) => setTimeout(() => resolve(null), LIMIT_MS).unref());
    const end = await Promise.race([workbench.testsEnd, timeout]);
    const results = parse(workbench.consoleLines, end ? `ended with ${end.code}` : 'not done in time');
    const proposed = workbench.proposedApiUses();
    return [
      ...results,
      {
        title: 'no proposed API is used',
        status: proposed.length === 0 ? 'passed' : 'failed',
        tier: 'host',
        ...(proposed[0] ? { message: proposed[0] } : {}),
      },
    ];
  } finally {
    await workbench.dispose();
  }
}

async function inElectron(scene: Scene): Promise<TestResult[]> {
  const { runTests } = await import('@vscode/test-electron');
  const lines: string[] = [];
  const { PassThrough } = await import('node:stream');
  const output = new PassThrough();
  let pending = '';
  output.on('data', (chunk: Buffer) => {
    const parts = `${pending}${chunk.toString('utf8')}`.split('\n');
    pending = parts.pop() ?? '';
    lines.push(...parts);
  });
  const userData = await mkdtemp(path.join(tmpdir(), 'cfnel-'));
  try {
    await runTests({
      extensionDevelopmentPath: projectRoot,
      extensionTestsPath: bundle,
      extensionTestsEnv: scene.env,
      launchArgs: [scene.repository, '--disable-workspace-trust', '--user-data-dir', userData],
      stdout: output,
    });
    return parse(lines, 'ended with 0');
  } catch (error) {
    return parse([...lines, pending], String(error));
  } finally {
    await rm(userData, { recursive: true, force: true });
  }
}
