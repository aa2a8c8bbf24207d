import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  claimedPorts,
  CONTAINER_PORTS,
  portOffset,
  portsAt,
  PORT_BASES,
  seedPortA,
  seedPortB,
} from './ports.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const echoed = (branch: string): string => sha256(`${branch}\n`);

describe('the ports of a worktree', () => {
  it('[SI-020] start at the bases of the seeds', () => {
    expect(PORT_BASES).toEqual({ redis: 6379, postgres: 5432, orchestrator: 3001 });
    expect(portsAt(0)).toEqual({ offset: 0, redis: 6379, postgres: 5432, orchestrator: 3001, base: 20_000 });
  });

  it('[SI-091] are those of the worked example at offset 42', () => {
    expect(portsAt(42)).toMatchObject({ redis: 6421, postgres: 5474, orchestrator: 3043 });
  });

  it('[X-03] keep the services’ own ports in their containers and lease what the host shows', () => {
    expect(CONTAINER_PORTS).toEqual({ redis: 6379, postgres: 5432, orchestrator: 3000 });
    expect(portsAt(1)).toMatchObject({ redis: 6380, postgres: 5433, orchestrator: 3002 });
  });

  it('[X-02] spread branches over all 1000 slots', () => {
    const offsets = Array.from({ length: 5000 }, (_, n) => portOffset(sha256(`branch-${n}`)));
    expect(Math.max(...offsets)).toBeLessThan(1000);
    expect(new Set(offsets).size).toBeGreaterThan(950);
  });

  it('[X-02] [SI-021] by formula A read the first four digits as hex and know the last port', () => {
    expect(echoed('feature-auth').slice(0, 4)).toBe('4ba5');
    expect(seedPortA('redis', echoed('feature-auth'))).toBe(6379 + 0x4ba5);
    expect(seedPortA('redis', '0389')).toBe(6379 + 0x0389);
    expect(seedPortA('redis', 'ffff')).toBeNull();
  });

  it('[X-02] [SI-092] by formula B give feature-auth 75, and never use more than 256 slots', () => {
    expect(seedPortB('redis', echoed('feature-auth'))).toBe(6379 + 75);
    expect(seedPortB('postgres', 'ff')).toBe(5432 + 255);
    expect(seedPortB('orchestrator', '2a')).toBe(3043);
  });

  it('refuse what is no digest', () => {
    expect(() => portOffset('xyz')).toThrow(/Not a digest/);
    expect(() => seedPortB('redis', 'a')).toThrow(/Not a digest/);
  });

  it('do not reach into the ports that systems hand out', () => {
    expect(Math.max(...claimedPorts(portsAt(999)))).toBeLessThan(32_768);
  });
});
