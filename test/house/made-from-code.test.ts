/** Pages and lists that `npm run docs` makes from the code are as it would make them now. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { BUNDLE, collectTexts, NLS, pseudoTexts, readTexts } from '../../scripts/l10n.mts';
import { readManifest, settingsPage, SETTINGS_PAGE } from '../../scripts/settings-page.mts';

/** The formatter aligns the columns of tables; what is said is the same. */
const plain = (page: string) =>
  page.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---').replaceAll(/\n+/g, '\n');

it('documents every setting as package.json has it', async () => {
  const page = settingsPage(await readManifest(), await readTexts(NLS));
  expect(plain(await readFile(SETTINGS_PAGE, 'utf8'))).toBe(plain(page));
});

/** The collector takes a processor some twenty seconds, and a busy machine gives it a part of one. */
const COLLECTING_MS = 300_000;

it(
  'has every text of the front in the bundle for translators, and no other',
  { timeout: COLLECTING_MS },
  async () => {
    expect(await readTexts(BUNDLE)).toEqual(await collectTexts());
  },
);

it('makes a language for tests in which every text is longer by two fifths and keeps its places', async () => {
  const texts = { ...(await readTexts(BUNDLE)), ...(await readTexts(NLS)) };
  const pseudo = pseudoTexts(texts);
  const places = (text: string) => (text.match(/\{\d+\}|\(command:[^)]*\)/g) ?? []).toSorted();
  for (const [key, text] of Object.entries(texts)) {
    expect(pseudo[key]?.length).toBeGreaterThanOrEqual(Math.ceil(text.length * 1.4));
    expect(places(pseudo[key] ?? '')).toEqual(places(text));
  }
});
