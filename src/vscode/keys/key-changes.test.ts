import { expect, it } from 'vitest';
import { err, ok } from '../../base/result.ts';
import type { ToKeys } from '../../protocol/webview-keys.ts';
import { createKeyChanges } from './key-changes.ts';
import { createTestBrowser, selectedText } from './test-browser.ts';

function setUp() {
  const posted: ToKeys[] = [];
  const dialogs: string[] = [];
  const person = { agrees: true };
  const test = createTestBrowser();
  const changes = createKeyChanges({
    front: {
      messages: {
        confirm: (question) => {
          dialogs.push(question);
          return Promise.resolve(person.agrees);
        },
      },
    },
    browser: () => test.browser,
    post: (message) => posted.push(message),
  });
  const applied = () => test.asked.filter((call) => Array.isArray(call) && call[0] === 'apply');
  return { posted, dialogs, person, changes, applied, ...test };
}

const QUESTION = { question: 'Delete it?', consequence: 'It is gone.', action: 'Delete' };

it('makes a change with the key as it was when it was begun', async () => {
  const { changes, browser, applied, posted } = setUp();
  const begun = selectedText('coord:t:x', 'old');
  browser.selected = begun;
  changes.begin('coord:t:x', null);
  expect(posted).toEqual([{ type: 'draft', number: 1, title: 'coord:t:x', text: 'old' }]);
  browser.selected = selectedText('coord:t:x', 'newer');
  await changes.save(1, 'mine');
  expect(applied()).toEqual([['apply', { kind: 'set', key: 'coord:t:x', text: 'mine' }, begun]]);
  expect(posted.slice(1)).toEqual([
    { type: 'told', failed: false, message: 'Done, and on record.' },
    { type: 'draftEnded', number: 1 },
  ]);
});

it('does nothing without the person’s word where it can hurt', async () => {
  const { changes, browser, applied, dialogs, person } = setUp();
  browser.selected = selectedText('lock:x', 'old');
  browser.question = () => ok(QUESTION);
  person.agrees = false;
  await changes.remove('lock:x');
  expect([dialogs, applied()]).toEqual([['Delete it?'], []]);
  person.agrees = true;
  await changes.remove('lock:x');
  expect(applied()).toHaveLength(1);
});

it('keeps the draft when it could not be written, and shows it again after the tab was hidden', async () => {
  const { changes, browser, posted } = setUp();
  browser.selected = selectedText('coord:t:x', 'old');
  browser.apply = () => Promise.resolve(err('The key was changed meanwhile; look at it again.'));
  changes.begin('coord:t:x', null);
  await changes.save(1, 'mine');
  expect(posted.at(-1)).toMatchObject({ type: 'told', failed: true });
  changes.hello();
  expect(posted.at(-1)).toMatchObject({ type: 'draft', number: 1 });
  changes.giveUp(1);
  posted.length = 0;
  changes.hello();
  await changes.save(1, 'too late');
  expect(posted).toEqual([]);
});

it('asks nobody on a server that may not be changed, and says why', async () => {
  const { changes, browser, applied, dialogs, posted } = setUp();
  browser.selected = selectedText('coord:t:x', 'old');
  browser.question = () => err('This server was not started by CFN Loop; choose Allow edits first.');
  await changes.remove('coord:t:x');
  expect([dialogs, applied()]).toEqual([[], []]);
  expect(posted).toMatchObject([{ type: 'told', failed: true }]);
});

it('changes one item, one field, and no bytes that are no text', () => {
  const { changes, browser, posted } = setUp();
  const list = selectedText('coord:t:list', '');
  browser.selected = {
    ...list,
    value: {
      type: 'list',
      leftMs: null,
      memory: null,
      body: { kind: 'list', total: 3, offset: 1, items: [] },
      raw: ['b', '\u00ff'],
    },
  };
  changes.begin('coord:t:list', 0);
  expect(posted.at(-1)).toMatchObject({ type: 'draft', title: 'Item 1 of coord:t:list', text: 'b' });
  changes.begin('coord:t:list', 1);
  expect(posted.at(-1)).toMatchObject({ type: 'told', failed: true });
  changes.begin('coord:t:other', 0);
  expect(posted.at(-1)).toMatchObject({ type: 'told', message: 'Look at the key first.' });
});
