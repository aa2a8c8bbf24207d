/**
 * A real VS Code (workbench, extension host, terminals, webviews) without the desktop application: the server
 * that the npm package code-server carries, without native builds, to be opened in a browser.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cached } from './cache-folder.mts';
import { demand } from './run-command.mts';
import { STAND_INS } from './vscode-stand-ins.mts';

const VERSION = '4.139.1';
/** Raised when the way the cache is built changes. */
const RECIPE = 1;

const NEEDED = [
  '@microsoft/1ds-core-js',
  '@microsoft/1ds-post-js',
  '@parcel/watcher',
  '@vscode/iconv-lite-umd',
  // The JavaScript part is enough; without it the built-in git extension does not activate.
  '@vscode/fs-copyfile',
  '@vscode/proxy-agent',
  '@vscode/ripgrep-universal',
  '@vscode/tree-sitter-wasm',
  '@vscode/vscode-languagedetection',
  '@xterm/addon-clipboard',
  '@xterm/addon-image',
  '@xterm/addon-ligatures',
  '@xterm/addon-progress',
  '@xterm/addon-search',
  '@xterm/addon-serialize',
  '@xterm/addon-unicode11',
  '@xterm/addon-webgl',
  '@xterm/headless',
  '@xterm/xterm',
  'cookie',
  'http-proxy-agent',
  'https-proxy-agent',
  'jschardet',
  'katex',
  'minimist',
  'node-pty',
  'tas-client',
  'vscode-oniguruma',
  'vscode-regexpp',
  'vscode-textmate',
  'ws',
  'yauzl',
  'yazl',
];

/** Built-in extensions that need what is not here, and would only add errors to every log. */
const REMOVED_EXTENSIONS = [
  'copilot',
  'github',
  'github-authentication',
  'ipynb',
  'microsoft-authentication',
  'ms-vscode.js-debug',
  'ms-vscode.js-debug-companion',
  'ms-vscode.vscode-js-profile-table',
  'notebook-renderers',
  'simple-browser',
  'tunnel-forwarding',
  'typescript-language-features',
];

/** code-server turns every proposed API on; the stock rule keeps a proposed menu from working here only. */
export function restoreProposedApiRule(workbench: string): string {
  const name = /!([\w$]+)\([^()]*,"chatParticipantAdditions"\)/.exec(workbench)?.[1];
  if (!name) throw new Error('workbench.js: the check of proposed API was not found');
  const always = new RegExp(
    `function ${name.replaceAll('$', '\\$')}\\(([\\w$]+),([\\w$]+)\\)\\{return ?!0\\}`,
  );
  if (!always.test(workbench)) throw new Error('workbench.js: the rule of proposed API is not as expected');
  return workbench.replace(
    always,
    (_, extension: string, proposal: string) =>
      `function ${name}(${extension},${proposal}){return !!${extension}.enabledApiProposals&&${extension}.enabledApiProposals.includes(${proposal})}`,
  );
}

interface Manifest {
  dependencies: Record<string, string>;
  overrides?: unknown;
  scripts?: unknown;
  devDependencies?: unknown;
}
interface Shrinkwrap {
  packages: Record<string, { version?: string }>;
}

async function reduceDependencies(root: string): Promise<void> {
  const manifestFile = path.join(root, 'package.json');
  const shrinkwrapFile = path.join(root, 'npm-shrinkwrap.json');
  const manifest = JSON.parse(await readFile(manifestFile, 'utf8')) as Manifest;
  const shrinkwrap = JSON.parse(await readFile(shrinkwrapFile, 'utf8')) as Shrinkwrap;
  manifest.dependencies = Object.fromEntries(
    NEEDED.map((name) => {
      const version = shrinkwrap.packages[`node_modules/${name}`]?.version;
      if (!version) throw new Error(`${name} is not in the shrinkwrap of code-server ${VERSION}`);
      return [name, version];
    }),
  );
  delete manifest.overrides;
  delete manifest.scripts;
  delete manifest.devDependencies;
  await writeFile(manifestFile, JSON.stringify(manifest, null, 2));
  await rm(shrinkwrapFile);
}

async function build(folder: string): Promise<void> {
  console.log('Fetching a VS Code server (once, about 47 MB) …');
  await demand('npm', ['pack', `code-server@${VERSION}`, '--silent', '--pack-destination', folder], {
    cwd: folder,
    timeoutMs: 300_000,
  });
  const archive = path.join(folder, `code-server-${VERSION}.tgz`);
  await demand('tar', ['-xzf', archive, '--exclude=*.map', 'package/lib/vscode'], { cwd: folder });
  await rm(archive);
  const root = serverRoot(folder);
  await reduceDependencies(root);
  const install = [
    'install',
    '--omit=dev',
    '--ignore-scripts',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
  ];
  await demand('npm', install, { cwd: root, timeoutMs: 600_000 });
  // Only after the install: npm would remove what it did not install.
  for (const [name, source] of Object.entries(STAND_INS)) {
    const module = path.join(root, 'node_modules', '@vscode', name);
    await rm(module, { recursive: true, force: true });
    await mkdir(module, { recursive: true });
    const manifest = { name: `@vscode/${name}`, version: '0.0.0', type: 'commonjs', main: 'index.js' };
    await writeFile(path.join(module, 'package.json'), JSON.stringify(manifest));
    await writeFile(path.join(module, 'index.js'), source);
  }
  const present = await readdir(path.join(root, 'extensions'));
  for (const name of REMOVED_EXTENSIONS.filter((name) => present.includes(name))) {
    await rm(path.join(root, 'extensions', name), { recursive: true });
  }
  const workbench = path.join(root, 'out', 'vs', 'code', 'browser', 'workbench', 'workbench.js');
  await writeFile(workbench, restoreProposedApiRule(await readFile(workbench, 'utf8')));
}

const serverRoot = (folder: string) => path.join(folder, 'package', 'lib', 'vscode');

/** Folder of the ready server; the first time it is fetched and built (about 15 s). */
export async function prepareVscodeServer(): Promise<string> {
  return serverRoot(await cached(`vscode-${VERSION}-${RECIPE}-${process.platform}-${process.arch}`, build));
}

const SETTINGS = {
  'workbench.startupEditor': 'none',
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'comments.openView': 'never',
  'git.openRepositoryInParentFolders': 'never',
  'workbench.editor.enablePreview': false,
  'terminal.integrated.gpuAcceleration': 'off',
  'window.restoreWindows': 'none',
  'files.hotExit': 'off',
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'workbench.reduceMotion': 'on',
  'remote.autoForwardPorts': false,
  'workbench.tips.enabled': false,
};

export interface ServerOptions {
  /** The extension under development may be loaded and its tests run; notification toasts are then not shown. */
  readonly development: boolean;
  /** Restricted Mode can be tried; else every folder is trusted. */
  readonly workspaceTrust?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Installed first, as a user would. */
  readonly vsix?: string;
  /** Added to the environment that extension, terminals and agents see. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface VscodeServer {
  readonly port: number;
  readonly pid: number;
  /** Temporary folder of this server with its data, logs and sockets. */
  readonly folder: string;
  stop(): Promise<void>;
}

async function writeSettings(data: string, options: ServerOptions): Promise<void> {
  const trust = options.workspaceTrust
    ? { 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' }
    : { 'security.workspace.trust.enabled': false };
  const text = JSON.stringify({ ...SETTINGS, ...trust, ...options.settings }, null, 2);
  for (const place of ['Machine', 'User']) {
    await mkdir(path.join(data, 'data', place), { recursive: true });
    await writeFile(path.join(data, 'data', place, 'settings.json'), text);
  }
}

export async function startVscodeServer(options: ServerOptions): Promise<VscodeServer> {
  const root = await prepareVscodeServer();
  // A fresh one each time: terminals of closed pages live on for hours in an old one. Short, because
  // socket paths below it are limited to about 100 characters.
  const folder = await mkdtemp(path.join(tmpdir(), 'cfnvs-'));
  const data = path.join(folder, 'd');
  const extensions = path.join(folder, 'e');
  const temporary = path.join(folder, 't');
  for (const each of [data, extensions, temporary]) await mkdir(each);
  await writeSettings(data, options);
  const env = { ...process.env, ...options.env, TMPDIR: temporary };
  const shared = ['--server-data-dir', data, '--extensions-dir', extensions, '--accept-server-license-terms'];
  if (options.vsix) {
    const install = ['out/server-main.js', '--install-extension', options.vsix, ...shared];
    await demand(process.execPath, install, { cwd: root, env, timeoutMs: 60_000 });
  }
  const child = spawn(
    process.execPath,
    [
      'out/server-main.js',
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--without-connection-token',
      ...shared,
      '--disable-telemetry',
      '--disable-experiments',
      ...(options.workspaceTrust ? [] : ['--disable-workspace-trust']),
      ...(options.development ? ['--enable-smoke-test-driver'] : []),
    ],
    { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32' },
  );
  const onExit = () => signalGroup(child, 'SIGKILL');
  process.once('exit', onExit);
  const stop = async () => {
    process.off('exit', onExit);
    await endGroup(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    const port = await listeningPort(child);
    return { port, pid: child.pid ?? 0, folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`The server did not start in 60 s:\n${output}`)), 60_000);
    const add = (chunk: Buffer) => {
      output = `${output}${chunk.toString('utf8')}`.slice(-20_000);
      const port = /Extension host agent listening on (\d+)/.exec(output)?.[1];
      if (!port) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout?.on('data', add);
    child.stderr?.on('data', add);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`The server ended with ${code} at its start:\n${output}`));
    });
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (!child.pid) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // Gone already.
  }
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return signalGroup(child, 'SIGKILL');
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // TERM to the whole group ends the terminals too.
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
  signalGroup(child, 'SIGKILL');
}
