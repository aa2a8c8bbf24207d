import { sameFamily } from '../domain/agents/model-family.ts';
import type { StartRequest } from './start-request.ts';

/** What a person should know of who works and who judges before a start; one sentence each. */
export function crewLines({ crew, crewNote }: Pick<StartRequest, 'crew' | 'crewNote'>): readonly string[] {
  const shared = sameFamilyText(sameFamily(crew));
  return [...(crewNote === undefined ? [] : [crewNote]), ...(shared === null ? [] : [shared])];
}

/** Null where no validator shares a model family with an implementer, as far as that is known. */
export function sameFamilyText(shared: ReturnType<typeof sameFamily>): string | null {
  if (shared.length === 0) return null;
  const who = shared.map(({ agentId }) => agentId).join(', ');
  const families = [...new Set(shared.map(({ family }) => family))].join(', ');
  return `Same model family as the implementers (${families}): ${who}.`;
}
