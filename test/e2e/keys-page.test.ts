import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import { createHandChanges } from '../../src/adapters/state/hand-changes.ts';
import { createKeyBrowser } from '../../src/app/keys/create-key-browser.ts';
import type { KeyBrowser } from '../../src/app/keys/key-browser.ts';
import type { LoopView } from '../../src/app/projections/loop-view.ts';
import { systemClock } from '../../src/base/clock.ts';
import { loopView } from '../../src/vscode/test-views.ts';
import { findProgram, startFront, startRedis } from '../integration/store-support.ts';
import { accessibilityProblems } from './accessibility.mts';
import { startFakeKeys, type FakeKeys } from './fake-keys.ts';
import { openKeysPage, type KeysPage, type KeysPageOptions } from './keys-page.mts';
import { HOSTILE_TEXT, REVIEW_TEXT } from './story-keys.mts';

const shots = process.env['CFN_SCREENSHOTS'];
const REVIEW_KEY = 'handoff:add-jwt:reviewer';
const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

let store: FakeKeys;
let folder: string;
let browser: KeyBrowser | undefined;
let view: KeysPage | undefined;

beforeAll(async () => {
  store = await startFakeKeys();
  folder = await mkdtemp(path.join(tmpdir(), 'cfn-keys-page-'));
  await mkdir(path.join(folder, 'repository'));
});
afterEach(async () => {
  await view?.close();
  browser?.dispose();
  view = undefined;
  browser = undefined;
});
afterAll(async () => {
  await store.dispose();
  await rm(folder, { recursive: true, force: true });
});

const loop: LoopView = loopView({
  taskId: 'add-jwt',
  description: 'Add JWT authentication',
  transferPoints: [
    { point: 6, key: REVIEW_KEY, sha256: sha256(REVIEW_TEXT), verified: true, iteration: 4, edited: false },
  ],
});

async function open(options: Partial<KeysPageOptions> = {}): Promise<Page> {
  browser = store.browse(path.join(folder, 'repository'), (key) =>
    key === REVIEW_KEY ? { point: 6, sha256: sha256(REVIEW_TEXT) } : null,
  );
  view = await openKeysPage({ browser, views: [loop], ...options });
  await row(view.page, 'coord').waitFor();
  return view.page;
}

const row = (page: Page, label: string) => page.locator(`.key-row[data-row="${label}"]`).first();
const details = (page: Page) => page.locator('[data-key="details"]');
async function shot(name: string): Promise<void> {
  if (shots) await view?.page.screenshot({ path: path.join(shots, `${name}.png`) });
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-row'));

async function choose(page: Page, ...labels: readonly string[]): Promise<void> {
  for (const label of labels) await row(page, label).click();
}

it('shows the keys of the store by prefix, with type, size, TTL and who waits', async () => {
  const page = await open();
  await choose(page, 'coord', 'add-jwt');
  await row(page, 'loop3:complete').waitFor();
  expect(await row(page, 'cache').innerText()).toMatch(/cache\s+1,125/);
  await expect
    .poll(() => row(page, 'completion:4').innerText())
    .toMatch(/hash\s+completion:4\s+\d+ bytes\s+59 m/);
  expect(await page.locator('.keys-top .facts').innerText()).toMatch(/Embedded store\s+1,1\d\d keys/);
  expect(await page.locator('[data-key="edits"]').innerText()).toBe('edits allowed: this store is ours');
  await expect
    .poll(() => page.locator('[data-key="scan"]').innerText())
    .toMatch(/1,1\d\d keys, all there are/);
  const waits = page.locator('.wait');
  expect(await waits.first().innerText()).toMatch(
    /security-1\s+brpop swarm:add-jwt:signal:security-1\s+\d:\d\d of 5:00/,
  );
  expect(await waits.nth(1).innerText()).toMatch(/add-jwt\s+holds lock:integrate:1a9f\s+14 m left/);
  expect(await accessibilityProblems(page.mainFrame())).toEqual([]);
});

it('shows what a transfer point handed over, folded, and says when the key was altered by hand', async () => {
  const page = await open();
  await choose(page, REVIEW_KEY);
  await page.locator('[data-key="point"]', { hasText: 'verified' }).waitFor();
  expect(await page.locator('[data-key="note"]').innerText()).toContain(
    'Keys are projections of the journal',
  );
  const lines = page.locator('.json > li');
  const before = await lines.count();
  await page.locator('.json button.fold[aria-label="2 entries"]').first().click();
  await expect.poll(() => lines.count()).toBeLessThan(before);
  expect(await page.locator('.json').innerText()).toContain('2 items');
  await shot('keys-dark');

  await page.locator('[data-key="edit-value"]').click();
  const text = page.locator('[data-key="draft-text"]');
  expect(await text.inputValue()).toBe(REVIEW_TEXT);
  await text.fill(REVIEW_TEXT.replace('a90d3f2', 'b000000'));
  expect(await accessibilityProblems(page.mainFrame())).toEqual([]);
  await page.locator('[data-key="draft-save"]').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.locator('[data-key="point-banner"]', { hasText: 'Not verified.' }).waitFor();
  await page.locator('[data-key="audit"]', { hasText: 'you changed handoff:add-jwt:reviewer' }).waitFor();
  expect(await page.locator('#announcer').innerText()).toBe('Done, and on record.');
  await shot('keys-not-verified-dark');
  expect(await accessibilityProblems(page.mainFrame())).toEqual([]);

  // Put back by hand it is what was handed over again.
  await page.locator('[data-key="edit-value"]').click();
  await text.fill(REVIEW_TEXT);
  await page.locator('[data-key="draft-save"]').click();
  await page.locator('[data-key="point-banner"]', { hasText: 'Verified.' }).waitFor();
});

it('asks before it deletes, and does nothing when the person thinks better of it', async () => {
  await store.write('SET', 'task:add-jwt:loop2', '{"feedback":[]}', 'PX', '3600000');
  const page = await open();
  await choose(page, 'task', 'add-jwt');
  await choose(page, 'loop2');
  await details(page).waitFor();
  if (view) view.agree = false;
  await page.keyboard.press('Delete');
  await expect.poll(() => view?.dialogs.length).toBe(1);
  expect(view?.dialogs[0]).toMatchObject({ question: 'Delete task:add-jwt:loop2?' });
  expect(view?.dialogs[0]?.detail).toContain('The loop itself does not change');
  expect(await row(page, 'loop2').count()).toBe(1);
  if (view) view.agree = true;
  await page.locator('[data-key="delete-key"]').click();
  await row(page, 'loop2').waitFor({ state: 'detached' });
  expect(await details(page).innerText()).toContain('This key is no longer there.');
  expect(await page.locator('[data-key="audit"]').innerText()).toContain('you deleted task:add-jwt:loop2');
});

it('refuses an edit of what was changed meanwhile', async () => {
  const page = await open();
  await choose(page, 'gate:add-jwt');
  await page.locator('[data-key="edit-value"]').click();
  const text = page.locator('[data-key="draft-text"]');
  await text.fill('{"passed":false}');
  await store.write('SET', 'gate:add-jwt', '{"passed":true,"newer":1}', 'KEEPTTL');
  await page.locator('.json', { hasText: 'newer' }).waitFor();
  await page.locator('[data-key="draft-save"]').click();
  await page
    .locator('dialog .error', { hasText: 'The key was changed meanwhile; look at it again.' })
    .waitFor();
  expect(await text.inputValue()).toBe('{"passed":false}');
});

it('delivers a message again and pages through long lists', async () => {
  const page = await open();
  await choose(page, 'coord', 'add-jwt', 'complete');
  const items = page.locator('[data-key="items"] tbody tr');
  await items.first().waitFor();
  const before = await items.count();
  await page.locator('[data-key="redeliver-0"]').click();
  await expect.poll(() => items.count()).toBe(before + 1);
  // A completion counts once however often it comes, so nobody is asked.
  expect(view?.dialogs).toEqual([]);
  await choose(page, 'signal', 'review');
  await page.locator('.pager', { hasText: '1–100 of 240' }).waitFor();
  await page.locator('[data-key="page-last"]').click();
  await page.locator('.pager', { hasText: '201–240 of 240' }).waitFor();
  expect(await items.last().innerText()).toContain('message 240');
  await page.locator('[data-key="page-first"]').click();
  await page.locator('.pager', { hasText: '1–100 of 240' }).waitFor();
  expect(await accessibilityProblems(page.mainFrame())).toEqual([]);
});

it('shows hostile names and values as text, bytes as hex and long ones by their beginning', async () => {
  const page = await open();
  const title = await page.title();
  await choose(page, 'context', 'add-jwt', 'hostile');
  const value = page.locator('[data-key="value"]');
  await value.filter({ hasText: '<img src=x' }).waitFor();
  expect(await value.innerText()).toBe(
    HOSTILE_TEXT.replaceAll('\u001b', '␛').replaceAll('\u202e', String.raw`\u{202e}`),
  );
  const named = page.locator('.key-row', { hasText: '<img src=x' }).first();
  expect(await named.innerText()).toContain('␛[31mred');
  await named.click();
  await value.filter({ hasText: 'named by somebody' }).waitFor();
  expect(await details(page).locator('h2').innerText()).toContain('<b>bold</b>');
  await shot('keys-hostile-dark');
  await choose(page, 'raw');
  await value.filter({ hasText: 'ff fe 00 62' }).waitFor();
  expect(await page.locator('[data-key="edit-value"]').count()).toBe(0);
  await choose(page, 'transcript');
  await page.locator('[data-key="whole"]', { hasText: 'Show all 10.8 MB…' }).waitFor();
  expect((await value.innerText()).length).toBeLessThanOrEqual(4096);
  expect(await page.locator('img, .key-row b').count()).toBe(0);
  expect(await page.title()).toBe(title);
  expect(await accessibilityProblems(page.mainFrame())).toEqual([]);
});

it('searches by parts of names and by patterns, and says when nothing matches', async () => {
  const page = await open();
  const search = page.locator('[data-key="search"]');
  await page.keyboard.press('/');
  await search.fill('confidence');
  // What was found is in sight, however deep.
  await row(page, 'backend-2').waitFor();
  await expect.poll(() => page.locator('[data-key="scan"]').innerText()).toBe('3 keys, all there are');
  await search.fill('coord:*:complete');
  await expect.poll(() => page.locator('[data-key="scan"]').innerText()).toBe('3 keys, all there are');
  await page.locator('[data-key="type"]').selectOption('hash');
  await page.locator('.keys-none', { hasText: 'No key matches.' }).waitFor();
  await search.press('Escape');
  await row(page, 'coord:add-jwt:completion:4').waitFor();
  await page.locator('[data-key="type"]').selectOption('');
  await page.locator('[data-key="loop"]').selectOption('add-jwt');
  await expect.poll(() => page.locator('[data-key="scan"]').innerText()).toMatch(/^2\d keys, all there are$/);
});

it('is worked by keys alone', async () => {
  const page = await open();
  await page.locator('.key-row[tabindex="0"]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  expect(await focused(page)).toBe('coord');
  await page.keyboard.press('ArrowRight');
  await row(page, 'rate-limiter:complete').waitFor();
  await page.keyboard.press('ArrowRight');
  expect(await focused(page)).toBe('add-jwt');
  await page.keyboard.press('ArrowLeft');
  expect(await focused(page)).toBe('coord');
  await page.keyboard.press('ArrowLeft');
  await row(page, 'rate-limiter:complete').waitFor({ state: 'detached' });
  expect(await focused(page)).toBe('coord');
  await page.keyboard.press('End');
  await expect.poll(() => focused(page)).toBe('task');
  // A thousand rows: the last one is there when it is asked for.
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await row(page, 'query').waitFor();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('End');
  await expect.poll(() => focused(page)).toBe('task');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('?');
  await page.locator('dialog').waitFor();
  expect(await accessibilityProblems(page.mainFrame())).toEqual([]);
  await page.keyboard.press('Escape');
  // One stop for the Tab key.
  expect(await page.locator('.key-row[tabindex="0"]').count()).toBe(1);
});

it('shows what a person holds, with its release', async () => {
  const page = await open();
  view?.setLoops([
    { ...loop, held: { point: 5, part: 'main', since: Date.now() - 72_000 }, breakpoints: [5] },
  ]);
  await page.locator('.wait', { hasText: 'Held by you before transfer point 5' }).waitFor();
  expect(await page.locator('.wait').first().innerText()).toMatch(
    /Add JWT authentication[\s\S]*1:1\d, clock stopped/,
  );
  expect(await page.locator('.waits h2').innerText()).toContain('2 waiting, 1 because of you');
});

it.each(['light', 'hc'] as const)('is readable in the %s theme', async (theme) => {
  const page = await open({ theme });
  await choose(page, 'coord', 'add-jwt', 'completion:4');
  await page.locator('[data-key="table"]').waitFor();
  await shot(`keys-${theme}`);
  expect(await accessibilityProblems(page.mainFrame())).toEqual([]);
});

it.each([320, 420, 700, 1000])('needs no sideways scrolling at %d px', async (width) => {
  const page = await open({ size: { width, height: 800 } });
  await choose(page, REVIEW_KEY);
  await page.locator('[data-key="point"]').waitFor();
  await shot(`keys-${width}`);
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
  ).toBeLessThanOrEqual(0);
  expect(await accessibilityProblems(page.mainFrame())).toEqual([]);
});

it.runIf(findProgram('redis-server'))(
  'leaves a Redis of the user alone until it is allowed, and says since when it is lost and that it is back',
  async () => {
    const redis = await startRedis();
    if (!redis) throw new Error('redis-server did not start');
    const front = await startFront({ url: `redis://127.0.0.1:${redis.port}` });
    const connect = (signal?: AbortSignal) =>
      openRespClient({ url: front.adminUrl, deadlineMs: 5000, bytes: true, signal });
    try {
      const writer = await connect();
      if (!writer.ok) throw new Error(writer.error.message);
      await writer.value.command(['MSET', 'coord:t1:a', '1', 'coord:t1:b', '2']);
      browser = createKeyBrowser({
        connect,
        changes: createHandChanges(folder),
        clock: systemClock,
        hash: sha256,
        handOver: () => null,
      });
      view = await openKeysPage({ browser });
      const { page } = view;
      await choose(page, 'coord', 't1', 'a');
      await details(page).waitFor();
      expect(await page.locator('[data-key="edits"]').innerText()).toContain(
        'read-only: not started by CFN Loop',
      );
      expect(await page.locator('[data-key="delete-key"]').isDisabled()).toBe(true);
      await page.locator('[data-key="allow-edits"]').click();
      await page.locator('[data-key="edits"]', { hasText: 'edits allowed by you, in this tab' }).waitFor();
      expect(view.dialogs).toMatchObject([{ question: 'Allow changes on this Redis?' }]);

      await redis.kill();
      const banner = page.locator('[data-key="banner-store"]');
      await banner.waitFor({ timeout: 30_000 });
      expect(await banner.innerText()).toMatch(
        new RegExp(
          String.raw`Redis at 127\.0\.0\.1:${redis.port} is unreachable for 0:\d\d\.[^]*tried again by itself`,
        ),
      );
      expect(await row(page, 'a').count()).toBe(1);
      expect(await page.locator('[data-key="delete-key"]').isDisabled()).toBe(true);
      expect(await accessibilityProblems(page.mainFrame())).toEqual([]);
      await shot('keys-lost-dark');
      await redis.restart();
      await banner.waitFor({ state: 'detached', timeout: 30_000 });
      expect(await page.locator('#announcer').innerText()).toMatch(/is (?:unreachable|back)/);
      writer.value.close();
    } finally {
      browser?.dispose();
      await front.close();
      await redis.close();
    }
  },
);
