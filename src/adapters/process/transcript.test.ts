import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { transcriptLineSchema } from '../../protocol/attempt.ts';
import { createTranscript } from './transcript.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-transcript-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = () =>
  readFileSync(join(folder, 'transcript.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => transcriptLineSchema.parse(JSON.parse(line)));
const say = (text: string) => ({ at: 1, stream: 'stdout', kind: 'text', text }) as const;

it('keeps everything while it is short', () => {
  const transcript = createTranscript(folder);
  for (let n = 0; n < 10; n += 1) transcript.add(say(`line ${n} ü`));
  transcript.close(2);
  expect(lines().map((line) => line.text)).toEqual(Array.from({ length: 10 }, (_, n) => `line ${n} ü`));
});

it('[L-14] keeps start and end of a flood and says what it left out', () => {
  const limits = { head: 256 * 1024, tail: 512 * 1024 };
  const transcript = createTranscript(folder, limits);
  const total = 4000;
  for (let n = 0; n < total; n += 1) transcript.add(say(`${n} ${'x'.repeat(1000)}`));
  transcript.close(2);
  const kept = lines();
  expect(kept[0]?.text).toMatch(/^0 /);
  expect(kept.at(-1)?.text).toMatch(new RegExp(`^${total - 1} `));
  const notices = kept.filter((line) => line.kind === 'notice');
  expect(notices).toHaveLength(1);
  expect(notices[0]?.text).toMatch(/^\d+ bytes in the middle/);
  expect(statSync(join(folder, 'transcript.ndjson')).size).toBeLessThan(limits.head + limits.tail + 1000);
  const after = kept.slice(kept.findIndex((line) => line.kind === 'notice') + 1);
  const numbers = after.map((line) => Number(line.text.split(' ')[0]));
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  expect(readdirSync(folder)).toEqual(['transcript.ndjson']);
});

it('cuts a line that is too long to show', () => {
  const transcript = createTranscript(folder);
  transcript.add(say('y'.repeat(100_000)));
  transcript.close(2);
  expect(lines()[0]?.text).toMatch(/… \(67232 more characters\)$/);
});
