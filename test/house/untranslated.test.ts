import { expect, it } from 'vitest';
import { sources } from './sources.ts';
import { untranslated } from './untranslated.ts';

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
