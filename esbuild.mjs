// Builds every program of the project into dist/, or where `--outdir=DIR` says. `--watch` rebuilds on change.
import { build, context } from 'esbuild';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const outdir = process.argv.find((word) => word.startsWith('--outdir='))?.slice('--outdir='.length) ?? 'dist';

/** Parts that are loaded on first use and therefore built as files of their own. */
const LAZY = [
  'acp-session',
  'bring-home',
  'chat',
  'containers',
  'core',
  'core-settings',
  'epic-file',
  'epic-language',
  'loop-tools',
  'redis-server',
  'machine-bench',
  'mcp-session',
  'pull-requests',
  'compose-place',
  'from-editor',
  'from-failing-test',
  'from-issue',
  'hunk-review',
  'keys-view',
  'language-models',
  'log-links',
  'loop-commands',
  'loop-panels',
  'review',
  'runner-files',
  'secret-scanner',
  'server-gateway',
  'sounds',
  'steering',
  'telemetry-log',
  'transcript-text',
  'tree-tools',
];

/** Leaves `import('./core.ts')` as a reference to the separately built `./core.js`. */
const lazyParts = {
  name: 'lazy-parts',
  setup(build) {
    build.onResolve({ filter: new RegExp(`/(${LAZY.join('|')})\\.ts$`) }, (args) =>
      args.kind === 'dynamic-import'
        ? { path: `./${args.path.replace(/^.*\//, '').replace(/\.ts$/, '.js')}`, external: true }
        : null,
    );
  },
};

/**
 * A namespace import of a CommonJS module copies all its members, and the editor's API has hundreds: for each file of
 * the front that was a third of what loading the entry takes. All of them get the one object itself instead.
 */
const editorApi = {
  name: 'editor-api',
  setup(build) {
    const line = /^import \* as vscode from 'vscode';$/m;
    build.onResolve({ filter: /^editor-api$/ }, ({ path }) => ({ path, namespace: 'editor-api' }));
    build.onLoad({ filter: /./, namespace: 'editor-api' }, () => ({
      contents: "export const vscode = require('vscode');",
      resolveDir: '.',
    }));
    build.onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(line, "import { vscode } from 'editor-api';"),
      loader: 'ts',
    }));
  },
};

/** An icon's outline alone, to a hundredth of a pixel: `["0 0 16 16", "M8 2…"]`. */
const icons = {
  name: 'icons',
  setup(build) {
    build.onLoad({ filter: /codicons.*\.svg$/ }, async ({ path }) => {
      const svg = await readFile(path, 'utf8');
      const box = /viewBox="([^"]+)"/.exec(svg)?.[1];
      const outlines = [...svg.matchAll(/<path[^>]*? d="([^"]+)"/g)].map(([, outline]) => outline);
      if (!box || outlines.length === 0) throw new Error(`${path} is no icon of outlines`);
      const outline = outlines
        .join('')
        .replaceAll(/\d+\.\d{3,}/g, (number) => String(Number(Number(number).toFixed(2))));
      return { contents: JSON.stringify([box, outline]), loader: 'json' };
    });
  },
};

const node = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: 'linked',
  outdir,
  plugins: [lazyParts],
  // Optional parts of SSH, compiled where they can be.
  external: ['cpu-features', '*.node'],
  logLevel: 'warning',
  legalComments: 'linked',
  // Names stay, so that stack traces in reports can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  // Lazy parts by `require`: the loader of ES modules would first search them for exports, a megabyte of text.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': '__importMetaUrl' },
  banner: { js: "const __importMetaUrl=require('node:url').pathToFileURL(__filename).href;" },
};

/** Without `vscode` as an external a leak of the editor's API into these programs fails the build. */
const programs = [
  'core',
  'containers',
  'cli',
  'runner',
  'store',
  'compose-place',
  'index-worker',
  'machine-bench',
  'demo-agent',
  'model-agent',
  'protocol/epic-file',
  'adapters/process/acp/acp-session',
  'adapters/process/mcp/mcp-session',
  'adapters/process/mcp/server-gateway',
  'adapters/redis/redis-server',
  'adapters/github/pull-requests',
  'adapters/secrets/secret-scanner',
].map((name) => ({
  in: `src/${name}.ts`,
  out: name.replace(/^.*\//, ''),
}));
const configurations = [
  { ...node, entryPoints: programs },
  {
    ...node,
    entryPoints: [
      { in: 'src/vscode/bring-home/bring-home.ts', out: 'bring-home' },
      { in: 'src/vscode/chat/chat.ts', out: 'chat' },
      { in: 'src/extension.ts', out: 'extension' },
      { in: 'src/vscode/epic-language/epic-language.ts', out: 'epic-language' },
      { in: 'src/vscode/log-links/log-links.ts', out: 'log-links' },
      ...['from-editor', 'from-failing-test', 'from-issue'].map((name) => ({
        in: `src/vscode/drafts/${name}.ts`,
        out: name,
      })),
      { in: 'src/vscode/keys/keys-view.ts', out: 'keys-view' },
      { in: 'src/vscode/language-models/language-models.ts', out: 'language-models' },
      { in: 'src/vscode/panel/loop-panels.ts', out: 'loop-panels' },
      { in: 'src/vscode/review/review.ts', out: 'review' },
      { in: 'src/vscode/review-hunks/hunk-review.ts', out: 'hunk-review' },
      { in: 'src/vscode/inbox/sounds.ts', out: 'sounds' },
      { in: 'src/vscode/steering/steering.ts', out: 'steering' },
      { in: 'src/vscode/loop-tools/loop-tools.ts', out: 'loop-tools' },
      { in: 'src/vscode/tree-tools/tree-tools.ts', out: 'tree-tools' },
      { in: 'src/vscode/core-settings.ts', out: 'core-settings' },
      { in: 'src/vscode/commands/loop-commands.ts', out: 'loop-commands' },
      { in: 'src/vscode/content/transcript-text.ts', out: 'transcript-text' },
      { in: 'src/vscode/telemetry/telemetry-log.ts', out: 'telemetry-log' },
      { in: 'src/vscode/terminals/runner-files.ts', out: 'runner-files' },
    ],
    external: ['vscode'],
    plugins: [lazyParts, editorApi],
    // Every window loads the first of them.
    minifyIdentifiers: true,
    keepNames: true,
  },
  {
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    sourcemap: 'linked',
    legalComments: 'linked',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [icons],
    entryPoints: [
      { in: 'webview-ui/main.tsx', out: 'panel' },
      { in: 'webview-ui/start.ts', out: 'start' },
      { in: 'webview-ui/panel.css', out: 'panel' },
      { in: 'webview-ui/static-page.css', out: 'static-page' },
    ],
    outdir: `${outdir}/webview`,
    logLevel: 'warning',
  },
];

await mkdir(outdir, { recursive: true });
await copyFile(require.resolve('sql.js/dist/sql-wasm.wasm'), `${outdir}/sql-wasm.wasm`);
if (process.argv.includes('--watch')) {
  for (const configuration of configurations) await (await context(configuration)).watch();
} else {
  await Promise.all(configurations.map((configuration) => build(configuration)));
}
