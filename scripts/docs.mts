/** `npm run docs`: writes what is made from the code: the page on settings, and the texts for translators. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BUNDLE, collectTexts, NLS, readTexts } from './l10n.mts';
import { readManifest, settingsPage, SETTINGS_PAGE } from './settings-page.mts';

await writeFile(SETTINGS_PAGE, settingsPage(await readManifest(), await readTexts(NLS)));
await mkdir(path.dirname(BUNDLE), { recursive: true });
await writeFile(BUNDLE, `${JSON.stringify(await collectTexts(), null, 2)}\n`);
