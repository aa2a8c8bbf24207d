import { expect, it } from 'vitest';
import { sources } from './sources.ts';
import { untranslated } from './untranslated.ts';
import { untranslatedDrawn } from './untranslated-drawn.ts';

const planted = (text: string) => untranslated({ file: 'planted.ts', text });

it('lets every text that a person reads in the editor be translated', () => {
  const front = sources().filter(({ file }) => file.startsWith('src/vscode/'));
  expect(front.length).toBeGreaterThan(40);
  expect(front.flatMap(untranslated)).toEqual([]);
});

it('finds what is not', () => {
  expect(planted("show({ title: 'Stop Loop' });")).toEqual(['planted.ts "Stop Loop"']);
  expect(planted('ask({ prompt: more ? `At most ${n} more` : l10n.t("None") });')).toHaveLength(1);
  expect(planted("messages.confirm('Stop this loop?', detail, 'Stop Loop');")).toHaveLength(2);
  expect(planted("show({ title: l10n.t('Stop Loop'), id: 'Stop Loop', detail: view.taskId });")).toEqual([]);
});

const drawn = (text: string) =>
  untranslatedDrawn({ file: 'planted.tsx', text }).map((found) => found.replace('planted.tsx ', ''));

it('lets every text that a webview draws or says be translated', () => {
  const program = sources().filter(({ file }) => file.startsWith('webview-ui/'));
  expect(program.length).toBeGreaterThan(40);
  expect(program.flatMap(untranslatedDrawn)).toEqual([]);
});

it('finds what is not, in elements, attributes, tables and functions', () => {
  expect(drawn('<p>{n} of\n 7</p>')).toEqual(['"of 7"']);
  expect(drawn("<p>{open ? 'up' : l10n.t('down')}{`${n} left`}</p>")).toEqual(['"up"', '"… left"']);
  expect(drawn('<Menu name="more" label="more" title={`${n} agents`} />')).toEqual(['"more"', '"… agents"']);
  expect(drawn('<List row={(item) => <i title={item.name + " of it"}>held</i>} />')).toHaveLength(2);
  expect(drawn("const TOOL = { nudge: ['nudge', 'Nudge'] };")).toEqual(['"Nudge"']);
  expect(drawn("const words = (n) => (n === 1 ? '1 key found' : `${n} keys found`);")).toHaveLength(2);
  expect(drawn("const told = l10n.t('{0} came', all ? 'All of them' : 'Some');")).toHaveLength(2);
  expect(drawn("announcer.say('Store is back');")).toEqual(['"Store is back"']);
});

it('leaves ids, classes, keys and what is translated', () => {
  expect(drawn("<p class='dim cut' data-key={`row ${n}`}>{l10n.t('Back')} · <kbd>J</kbd>{' '}</p>")).toEqual(
    [],
  );
  expect(drawn("if (event.key === 'Enter' && drafts['No text']) ask(`Row ${n}`);")).toEqual([]);
});
