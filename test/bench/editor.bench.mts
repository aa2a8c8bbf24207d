/** What the extension adds to a window that nobody uses it in, beside an extension that does nothing. */
import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findChromium } from '../../scripts/chromium.mts';
import { openWorkbench, projectRoot } from '../e2e/workbench.mts';
import { prepareScene, type Scene } from '../e2e/scene.mts';
import { buildForHost, figuresFrom } from './host-figures.mts';
import type { Bench, Row } from './measure.mts';

/** As `host/index.ts` writes it. */
const MARK = 'CFN-BENCH-FIGURES ';
const LIMIT_MS = 90_000;

interface Figures {
  readonly activationMs: number;
  readonly rssMb: number;
}

/** Marked, and not activated by itself, so that its activation can be timed. */
async function writeManifest(folder: string, manifest: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const text = JSON.stringify({ ...manifest, activationEvents: [], benched: true });
  await writeFile(path.join(folder, 'package.json'), text);
}

async function ourExtension(scene: Scene): Promise<string> {
  const folder = path.join(scene.folder, 'ours');
  const manifest: unknown = JSON.parse(await readFile(path.join(projectRoot, 'package.json'), 'utf8'));
  await writeManifest(folder, manifest as Record<string, unknown>);
  for (const part of ['media', 'syntaxes', 'dist']) {
    await cp(path.join(projectRoot, part), path.join(folder, part), { recursive: true });
  }
  return folder;
}

async function emptyExtension(scene: Scene): Promise<string> {
  const folder = path.join(scene.folder, 'empty');
  await writeManifest(folder, {
    name: 'empty',
    publisher: 'bench',
    version: '1.0.0',
    main: './main.js',
    engines: { vscode: '^1.104.0' },
  });
  await writeFile(path.join(folder, 'main.js'), 'exports.activate = () => undefined;\n');
  return folder;
}

/** The last that was told. */
const said = (lines: readonly string[]): string => lines.slice(-5).join('\n');

async function figuresOf(scene: Scene, extension: string, tests: string): Promise<Figures> {
  const workbench = await openWorkbench({ folder: scene.repository, extension, tests, env: scene.env });
  return figuresFrom(workbench, { mark: MARK, limitMs: LIMIT_MS, said });
}

export const editor: Bench = {
  id: 'editor',
  title: 'In the editor',
  async run({ short, say }) {
    const browser = await findChromium();
    if ('missing' in browser) return { skipped: browser.missing };
    const scene = await prepareScene();
    try {
      const tests = path.join(scene.folder, 'bench-host.js');
      await buildForHost('index.ts', tests);
      const folders = { ours: await ourExtension(scene), empty: await emptyExtension(scene) };
      const ours: Figures[] = [];
      const empty: Figures[] = [];
      for (let round = 0; round < (short ? 1 : 5); round += 1) {
        say(`  window ${round + 1} …`);
        ours.push(await figuresOf(scene, folders.ours, tests));
        empty.push(await figuresOf(scene, folders.empty, tests));
      }
      return rows(ours, empty, (await stat(path.join(projectRoot, 'dist', 'extension.js'))).size / 1000);
    } finally {
      await scene.dispose();
    }
  },
};

function rows(ours: readonly Figures[], empty: readonly Figures[], entryKb: number): readonly Row[] {
  return [
    {
      id: 'activation',
      title: 'activation',
      unit: 'ms',
      samples: ours.map((each) => each.activationMs),
      limit: { title: 'an extension that does nothing', samples: empty.map((each) => each.activationMs) },
      target: { kind: 'limit-plus', factor: 1.5, plus: 30 },
    },
    {
      id: 'entry-size',
      title: 'size of the file that every window loads',
      unit: 'kB',
      samples: [entryKb],
      limit: { title: 'what is allowed', samples: [150] },
      target: { kind: 'ratio-at-most', value: 1 },
    },
    {
      id: 'idle-memory',
      title: 'memory of the extension host in an idle window on a repository',
      unit: 'MB',
      samples: ours.map((each) => each.rssMb),
      limit: { title: 'with an extension that does nothing', samples: empty.map((each) => each.rssMb) },
      target: { kind: 'limit-plus', factor: 1, plus: 30 },
    },
  ];
}
