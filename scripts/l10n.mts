/** The texts of the editor's front, collected for translators. */
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { getL10nJson, getL10nPseudoLocalized } from '@vscode/l10n-dev';

export type Texts = Readonly<Record<string, string>>;

const root = path.resolve(import.meta.dirname, '..');
export const BUNDLE = path.join(root, 'l10n', 'bundle.l10n.json');
export const NLS = path.join(root, 'package.nls.json');

export const readTexts = async (file: string): Promise<Texts> =>
  JSON.parse(await readFile(file, 'utf8')) as Texts;

const isTranslated = (text: string) => text.includes('l10n.t(');

/** Every text that `l10n.t` is called with, in the order of the alphabet. */
export async function collectTexts(): Promise<Texts> {
  const files: string[] = [];
  for await (const file of glob('{src/vscode,webview-ui}/**/*.{ts,tsx}', { cwd: root })) {
    if (!file.includes('.test.')) files.push(file);
  }
  const texts = await Promise.all(files.sort().map((file) => readFile(path.join(root, file), 'utf8')));
  // As one source: the collector starts anew for each, which takes most of its time.
  const found = await getL10nJson([{ extension: '.tsx', contents: texts.filter(isTranslated).join('\n') }]);
  const entries = Object.entries(found).map(
    ([key, value]) => [key, typeof value === 'string' ? value : value.message] as const,
  );
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** What a translation may grow to, as a share of the English text. */
const LONGER = 1.4;

/** A language that nobody speaks: every letter has a mark, and every text is longer by the share that layouts allow. */
export function pseudoTexts(texts: Texts): Texts {
  const marked = getL10nPseudoLocalized({ ...texts });
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => {
      const value = marked[key];
      const letters = typeof value === 'string' ? value : (value?.message ?? text);
      return [key, letters + '·'.repeat(Math.max(0, Math.ceil(text.length * LONGER) - letters.length))];
    }),
  );
}
