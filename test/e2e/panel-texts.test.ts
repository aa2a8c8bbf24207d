import { afterEach, expect, it } from 'vitest';
import { BUNDLE, pseudoTexts, readTexts } from '../../scripts/l10n.mts';
import type { LoopView } from '../../src/app/projections/loop-view.ts';
import { panelLoopSchema, type PanelLoop } from '../../src/protocol/panel-loop.ts';
import { drawLoop } from '../../src/vscode/panel/panel-loop.ts';
import { openPanelPage, type PanelPage } from './panel-page.mts';
import { decisionDue, gateFailed, proceeded } from './story.mts';
import { heldBeforeGate, implementing } from './story-implementing.mts';

let opened: PanelPage | undefined;
afterEach(() => opened?.close());

const at = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), root);

/** What the host says in another alphabet, so that Latin letters on the page are of the panel's own words. */
function foreign(view: LoopView): PanelLoop {
  const store = { behind: '', since: view.startedAt, problem: '' };
  const { loop } = drawLoop(view, { trusted: true, store, elsewhere: true, survival: null }, null);
  const other = (letter: string) => String.fromCodePoint(0x4_30 + ((letter.codePointAt(0) ?? 0) % 32));
  const changed: unknown = JSON.parse(JSON.stringify(loop), (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll(/[a-z]/gi, other) : value,
  );
  // What the panel takes only as it is stays.
  for (const { path } of panelLoopSchema.safeParse(changed).error?.issues ?? [])
    Reflect.set(Object(at(changed, path.slice(0, -1))), path.at(-1) ?? '', at(loop, path));
  return panelLoopSchema.parse(changed);
}

/** Names of decisions and of the product are the same in every language. */
const NAMES = /PROCEED|ITERATE|ABORT|CFN Loop/g;

async function english({ page }: PanelPage): Promise<readonly string[]> {
  const words = await page.evaluate(() => {
    const found: (string | null)[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode())
      if (!texts.currentNode.parentElement?.closest('script')) found.push(texts.currentNode.textContent);
    for (const name of ['title', 'aria-label', 'placeholder'])
      for (const element of document.querySelectorAll(`[${name}]`)) found.push(element.getAttribute(name));
    return found.map((text) => text ?? '');
  });
  return words.filter((text) => /[a-z]{2}/i.test(text.replaceAll(NAMES, '')));
}

const overflow = ({ page }: PanelPage) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Everything that opens on a click and stays open. */
const SHUT =
  '.fold-button[aria-expanded=false], details:not([open]) > summary, [data-key=point-5][aria-pressed=false], [data-key=convergence-table][aria-pressed=false], [data-key=more], [data-key=edit-held]';

it('says nothing in plain English in another language, and its longer texts fit into 320 pixels', async () => {
  const texts = pseudoTexts(await readTexts(BUNDLE));
  const panel = await openPanelPage({ width: 320, height: 800 }, { lang: 'de', texts });
  opened = panel;
  expect(await english(panel)).toEqual([]);
  const show = (loop: PanelLoop | null) =>
    panel.send({ type: 'snapshot', seq: 1, trusted: true, opening: false, problem: null, loop, others: [] });
  await show(null);
  expect(await english(panel)).toEqual([]);
  expect(await overflow(panel)).toBeLessThanOrEqual(0);
  for (const story of [decisionDue, gateFailed, proceeded, implementing, heldBeforeGate]) {
    await show(foreign(story(Date.now(), '/home/somebody')));
    await panel.send({ type: 'held', point: 5, text: '{}', editable: ['1'] });
    await panel.page.evaluate((shut) => {
      for (const each of document.querySelectorAll<HTMLElement>(shut)) each.click();
    }, SHUT);
    await panel.page.locator('[role=menu]').waitFor();
    expect(await english(panel)).toEqual([]);
    expect(await overflow(panel)).toBeLessThanOrEqual(0);
    await panel.page.keyboard.press('Escape');
    await panel.page.keyboard.press('?');
    await panel.page.locator('dialog').waitFor();
    expect(await english(panel)).toEqual([]);
  }
  await panel.page.evaluate(() => document.body.append('Plain words'));
  expect(await english(panel)).toEqual(['Plain words']);
});
