import { describe, expect, it } from 'vitest';
import { encodeLine, scanJournal } from './line.ts';

const events = [
  { type: 'LoopStarted', text: 'plain' },
  { type: 'AgentStarted', text: 'naïve — ünïcödé\u2028\n"quoted" 🧪' },
  { type: 'AgentExited', text: '\ud800 half a pair', list: [1, 2.5, null] },
  { type: 'GateChecked', passed: false },
  { type: 'LoopFinished', outcome: 'PROCEED' },
];
const lines = events.map((event, index) => encodeLine({ seq: index + 1, epoch: 1, event }));
const journal = Buffer.concat(lines);
const boundaries = lines.map((_, index) => Buffer.concat(lines.slice(0, index + 1)).length);

describe('the lines of a journal', () => {
  it('come back as they were written', () => {
    const scan = scanJournal(journal);
    expect(scan).toMatchObject({ last: { seq: 5 }, wholeBytes: journal.length, end: 'clean' });
    expect(scan.entries.map((entry) => entry.event)).toEqual(JSON.parse(JSON.stringify(events)));
  });

  it('cut at any byte of the last three records leave the prefix of whole events', () => {
    const first = journal.length - lines.slice(-3).reduce((sum, line) => sum + line.length, 0);
    for (let cut = first; cut < journal.length; cut += 1) {
      const scan = scanJournal(journal.subarray(0, cut));
      const whole = boundaries.filter((end) => end <= cut).length;
      expect(scan.entries.map((entry) => entry.seq)).toEqual(events.slice(0, whole).map((_, i) => i + 1));
      expect(scan.end).toBe(boundaries.includes(cut) ? 'clean' : 'torn');
    }
  });

  it('never yield a wrong event for a flipped bit in the last record', () => {
    const start = boundaries.at(-2)!;
    for (let bit = start * 8; bit < journal.length * 8; bit += 1) {
      const broken = Buffer.from(journal);
      broken[bit >> 3]! ^= 1 << (bit & 7);
      const scan = scanJournal(broken);
      expect(scan.last.seq).toBe(4);
      expect(scan.wholeBytes).toBe(start);
      expect(scan.end).toBe('torn');
    }
  });

  it('with a flipped bit before the last record are damaged, and nothing after it is read', () => {
    for (let bit = 0; bit < boundaries.at(-2)! * 8; bit += 1) {
      const broken = Buffer.from(journal);
      broken[bit >> 3]! ^= 1 << (bit & 7);
      const scan = scanJournal(broken);
      expect(scan.end).toBe('damaged');
      expect(scan.last.seq).toBe(boundaries.filter((end) => end <= bit >> 3).length);
    }
  });

  it('that are missing, doubled or of an older epoch are damage', () => {
    const [one, two, three] = lines;
    expect(scanJournal(Buffer.concat([one!, three!])).end).toBe('damaged');
    expect(scanJournal(Buffer.concat([one!, one!, two!])).end).toBe('damaged');
    const stale = encodeLine({ seq: 2, epoch: 0, event: {} });
    expect(scanJournal(Buffer.concat([one!, stale]))).toMatchObject({ last: { seq: 1 }, end: 'damaged' });
  });
});
