/** `npm run screenshots`: runs the tests that drive a window, and takes from them the pictures that our pages show. */
import { spawnSync } from 'node:child_process';
import { copyFile, glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const folder = path.join(root, 'media', 'screenshots');

async function shown(): Promise<readonly string[]> {
  const names = new Set<string>();
  for await (const file of glob(['README.md', 'docs/*.md'], { cwd: root })) {
    const page = await readFile(path.join(root, file), 'utf8');
    for (const [, name] of page.matchAll(/media\/screenshots\/([\w-]+\.png)/g)) if (name) names.add(name);
  }
  return Array.from(names).toSorted();
}

const taken = await mkdtemp(path.join(tmpdir(), 'cfn-screenshots-'));
try {
  const run = spawnSync('npm', ['run', 'test:e2e', '--', ...process.argv.slice(2)], {
    cwd: root,
    env: { ...process.env, CFN_SCREENSHOTS: taken },
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  const missing: string[] = [];
  for (const name of await shown()) {
    await copyFile(path.join(taken, name), path.join(folder, name)).catch(() => missing.push(name));
  }
  if (missing.length > 0) console.error(`No test that ran made ${missing.join(', ')}; the old ones stay.`);
  process.exitCode = run.status ?? 1;
} finally {
  await rm(taken, { recursive: true, force: true });
}
