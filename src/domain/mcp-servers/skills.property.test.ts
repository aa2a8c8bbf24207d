import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { CATALOGUE } from './catalogue.ts';
import { MAX_SERVER_ID, SERVER_ID, SKILL_NAME } from './server.ts';
import { mergeSkills, serversOfSkills, SKILL_MAP } from './skills.ts';

const seenBy = (...skills: readonly string[]) =>
  serversOfSkills(skills, { map: SKILL_MAP, servers: CATALOGUE }).servers.map(({ id }) => id);

it('[SI-008] an agent sees the servers that its skills map to, in the order of their start', () => {
  expect(seenBy('browser-automation')).toEqual(['playwright']);
  expect(seenBy('redis-management')).toEqual(['redis-tools']);
  expect(seenBy('workflow-automation')).toEqual(['n8n']);
  expect(seenBy('security-scanning')).toEqual(['security-scanner']);
  expect(seenBy('security-scanning', 'browser-automation', 'redis-management')).toEqual([
    'redis-tools',
    'playwright',
    'security-scanner',
  ]);
  expect(seenBy()).toEqual([]);
});

it('[SI-003] [SI-004] [SI-005] [SI-006] [SI-010] [SI-011] has the four servers with the design’s figures', () => {
  const row = (id: string) => {
    const { port, limits } = CATALOGUE.get(id) ?? { port: 0, limits: null };
    const mib = (bytes: number | undefined) => (bytes ?? 0) / 1024 / 1024;
    return [
      port,
      mib(limits?.memoryBytes),
      mib(limits?.memoryReservationBytes),
      limits?.cpus,
      limits?.cpuReservation,
    ];
  };
  expect(row('playwright')).toEqual([8081, 512, 256, 0.5, 0.25]);
  expect(row('redis-tools')).toEqual([8082, 256, 128, 0.25, 0.1]);
  expect(row('n8n')).toEqual([8083, 1024, 512, 1, 0.5]);
  expect(row('security-scanner')).toEqual([8084, 512, 256, 0.5, 0.25]);
  expect(CATALOGUE.size).toBe(4);
  for (const { id, health } of CATALOGUE.values()) {
    expect(id).toMatch(SERVER_ID);
    expect(id.length).toBeLessThanOrEqual(MAX_SERVER_ID);
    expect(health).toEqual({ intervalMs: 30_000, timeoutMs: 10_000, retries: 3 });
  }
  for (const skill of SKILL_MAP.keys()) expect(skill).toMatch(SKILL_NAME);
});

it('names what it does not know instead of starting anything for it', () => {
  const map = mergeSkills(SKILL_MAP, new Map([['browser-automation', ['mine', 'n8n']]]));
  const seen = serversOfSkills(['browser-automation', 'cooking'], { map, servers: CATALOGUE });
  expect(seen.servers.map(({ id }) => id)).toEqual(['n8n']);
  expect(seen).toMatchObject({ unknownSkills: ['cooking'], unknownServers: ['mine'] });
});

const ids = [...CATALOGUE.keys(), 'absent'];
const anySkill = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const anyMap = fc.dictionary(anySkill, fc.subarray(ids)).map((lines) => new Map(Object.entries(lines)));

it('is the union of what each skill gives, whatever the order and however often a skill is named', () => {
  fc.assert(
    fc.property(fc.array(anySkill), anyMap, (skills, map) => {
      const see = (given: readonly string[]) =>
        serversOfSkills(given, { map, servers: CATALOGUE }).servers.map(({ id }) => id);
      const each = new Set(skills.flatMap((skill) => see([skill])));
      expect(new Set(see(skills))).toEqual(each);
      expect(see(skills)).toHaveLength(each.size);
      expect(see(skills.toReversed())).toEqual(see([...skills, ...skills]));
      for (const id of see(skills)) expect(skills.some((skill) => map.get(skill)?.includes(id))).toBe(true);
    }),
  );
});
