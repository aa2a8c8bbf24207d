// Runs on the Node that happens to be there (20 or newer) and needs nothing that has to be installed first:
// installs the dependencies when they are missing or stale, then goes on under the project's own Node 24.
import { spawnSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const OLDEST_NODE = 20;

/** True when every package of the lock file that this platform needs is there in the locked version. */
function installed() {
  const hidden = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const have = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  const want = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(want).every(
    ([place, entry]) =>
      place === '' || entry.optional || entry.devOptional || have[place]?.version === entry.version,
  );
}

function install() {
  console.log('Installing dependencies (npm ci, about 20 s) …');
  // Quiet about engines: what needs a newer Node runs under the packaged one.
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  console.error('npm ci failed. The npm registry has to be reachable; then run this again.');
  process.exit(1);
}

/** Node 24 comes as an npm package, because the Node that is installed may be older; `null`: none fits. */
function projectNode() {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const places = [name, `node-bin-${process.platform}-${process.arch}`];
  const found = places
    .map((place) => path.join(root, 'node_modules', place, 'bin', binary))
    .find((file) => existsSync(file));
  return found ?? (Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : null);
}

/** Runs a script of this folder under Node 24 and ends with its exit code. */
export function continueWith(script) {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    console.error(`Node ${process.versions.node} is too old; Node ${OLDEST_NODE} or newer is needed.`);
    process.exit(1);
  }
  if (!installed()) install();
  const node = projectNode();
  if (!node) {
    console.error(`There is no packaged Node 24 for ${process.platform} ${process.arch}; use Node 24.`);
    process.exit(1);
  }
  const binaries = path.join(root, 'node_modules', '.bin');
  // The sources are modules by syntax; the package as a whole is not, because its programs are CommonJS.
  const flag = '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON';
  const child = spawn(node, [flag, path.join(root, 'scripts', script), ...process.argv.slice(2)], {
    cwd: root,
    // Nothing here asks questions; a closed standard input must not matter.
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: `${binaries}${path.delimiter}${process.env.PATH ?? ''}` },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
