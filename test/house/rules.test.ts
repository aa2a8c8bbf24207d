import { describe, expect, it } from 'vitest';
import { impurities, inventedNumbers, keyTexts } from './rules.ts';
import { sources, type Source } from './sources.ts';

const all = sources();
const planted = (text: string): Source => ({ file: 'planted.ts', text });

describe('the sources', () => {
  it('[DP-154] invent no numbers', () => {
    expect(all.flatMap(inventedNumbers)).toEqual([]);
    expect(inventedNumbers(planted('const score = 0.75 + Math.random();'))).toHaveLength(1);
    expect(inventedNumbers(planted("Math['random']()"))).toHaveLength(1);
  });

  it('keep the domain free of time, randomness and the process', () => {
    const domain = all.filter((source) => source.file.startsWith('src/domain/'));
    expect(domain.length).toBeGreaterThan(20);
    expect(domain.flatMap(impurities)).toEqual([]);
    const impure = [
      'Date.now()',
      'new Date()',
      'process.env.HOME',
      'setTimeout(f, 1)',
      'crypto.randomUUID()',
      'console.log(1)',
      'globalThis.x',
    ];
    expect(impure.filter((text) => impurities(planted(text)).length !== 1)).toEqual([]);
    expect(impurities(planted('new Date(at).toISOString()'))).toEqual([]);
  });

  it('build coordination keys in one place', () => {
    const others = all.filter((source) => source.file !== 'src/protocol/keys.ts');
    expect(others.flatMap(keyTexts)).toEqual([]);
    expect(keyTexts(planted('const key = `swarm:${taskId}:decision`;'))).toHaveLength(1);
    expect(keyTexts(planted("const key = 'gate:' + taskId;"))).toHaveLength(1);
    const builder = all.find((source) => source.file === 'src/protocol/keys.ts');
    expect(builder === undefined ? 1 : keyTexts(builder).length).toBeGreaterThan(0);
  });

  it('stay short: no file beyond 500 lines, and 95 of 100 within 350', () => {
    const lengths = all.map(({ file, text }) => ({ file, lines: text.split('\n').length - 1 }));
    expect(lengths.filter(({ lines }) => lines > 500)).toEqual([]);
    const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length * 0.95)]).toBeLessThanOrEqual(350);
  });
});
