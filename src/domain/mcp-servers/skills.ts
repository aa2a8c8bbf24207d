import type { McpServer, McpServers } from './server.ts';

/** Which servers an agent with a skill sees: `skill_to_mcp_mapping`. */
export type SkillMap = ReadonlyMap<string, readonly string[]>;

/** As the first design has it. */
export const SKILL_MAP: SkillMap = new Map([
  ['browser-automation', ['playwright']],
  ['redis-management', ['redis-tools']],
  ['workflow-automation', ['n8n']],
  ['security-scanning', ['security-scanner']],
]);

/** A skill that a person maps anew means what they say, and nothing of what it meant before. */
export const mergeSkills = (shipped: SkillMap, own: SkillMap): SkillMap => new Map([...shipped, ...own]);

export interface SeenServers {
  /** In the order in which they are started. */
  readonly servers: readonly McpServer[];
  /** Skills that no line of the map has: nothing is started for them. */
  readonly unknownSkills: readonly string[];
  /** Servers that the map names and nobody described. */
  readonly unknownServers: readonly string[];
}

/** An agent sees the servers that one of its skills maps to, each once, and no other. */
export function serversOfSkills(
  skills: Iterable<string>,
  { map, servers }: { readonly map: SkillMap; readonly servers: McpServers },
): SeenServers {
  const wanted = [...new Set(skills)];
  const ids = new Set(wanted.flatMap((skill) => map.get(skill) ?? []));
  const known = [...ids].flatMap((id) => servers.get(id) ?? []);
  return {
    servers: known.toSorted((a, b) => a.startOrder - b.startOrder || (a.id < b.id ? -1 : 1)),
    unknownSkills: wanted.filter((skill) => !map.has(skill)),
    unknownServers: [...ids].filter((id) => !servers.has(id)),
  };
}
