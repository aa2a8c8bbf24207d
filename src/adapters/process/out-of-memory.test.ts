import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { counterIn, oomEvidence } from './out-of-memory.ts';

it('reads the counters of both kinds of control groups and of the whole system', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cfn-oom-'));
  const read = (text: string) => {
    const file = join(folder, 'counter');
    writeFileSync(file, text);
    return counterIn(file)?.kills ?? null;
  };
  expect(read('low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n')).toBe(2);
  expect(read('oom_kill_disable 0\nunder_oom 0\noom_kill 5\n')).toBe(5);
  expect(read('nothing of the kind\n')).toBeNull();
  expect(counterIn(join(folder, 'missing'))).toBeNull();
  rmSync(folder, { recursive: true });
});

it('needs both a KILL and a higher counter', () => {
  const counter = (kills: number) => ({ source: '/proc/vmstat', kills });
  const killed = { code: null, signal: 'SIGKILL' };
  expect(oomEvidence(killed, counter(1), counter(2))).toContain('oom_kill 1 → 2');
  expect(oomEvidence({ code: 137, signal: null }, counter(1), counter(2))).not.toBeNull();
  expect(oomEvidence(killed, counter(1), counter(1))).toBeNull();
  expect(oomEvidence({ code: 1, signal: null }, counter(1), counter(2))).toBeNull();
  expect(oomEvidence(killed, null, counter(2))).toBeNull();
});
