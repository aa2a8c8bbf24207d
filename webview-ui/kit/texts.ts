/** Takes the translated texts that stand in the page. Imported before everything that makes texts when it is loaded. */
import { config } from '@vscode/l10n';

const texts = document.querySelector('#texts')?.textContent;
if (texts) config({ contents: texts });
