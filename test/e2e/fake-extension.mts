import { build } from 'esbuild';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LoopView } from '../../src/app/projections/loop-view.ts';
import type { Scene } from './scene.mts';
import { projectRoot } from './workbench.mts';

/** The real extension with `fake-core.ts` in place of its core; `views` are there from the start. */
export async function prepareFakeExtension(scene: Scene, views: readonly LoopView[] = []): Promise<string> {
  const folder = path.join(scene.folder, 'extension');
  await mkdir(path.join(folder, 'dist'), { recursive: true });
  const programs = [
    'extension',
    'chat',
    'core-settings',
    'epic-file',
    'epic-language',
    'from-editor',
    'from-failing-test',
    'from-issue',
    'hunk-review',
    'keys-view',
    'log-links',
    'loop-commands',
    'loop-panels',
    'loop-tools',
    'bring-home',
    'review',
    'runner-files',
    'sounds',
    'steering',
    'telemetry-log',
    'transcript-text',
    'tree-tools',
  ].map((name) => `dist/${name}.js`);
  for (const part of [
    'package.json',
    'package.nls.json',
    'l10n',
    'media',
    'syntaxes',
    ...programs,
    'dist/webview',
  ]) {
    await cp(path.join(projectRoot, part), path.join(folder, part), { recursive: true });
  }
  await build({
    entryPoints: [path.join(projectRoot, 'test', 'e2e', 'fake-core.ts')],
    outfile: path.join(folder, 'dist', 'core.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'warning',
  });
  await writeFile(path.join(scene.folder, 'loops.json'), JSON.stringify(views));
  return folder;
}
