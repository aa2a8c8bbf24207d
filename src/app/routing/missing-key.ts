import { routeOf, type CrewMember } from '../../domain/loop/model.ts';

/** Whether the key of a variable is there; never what it is. */
export type HasKey = (variable: string) => Promise<boolean>;

/** Names the first agent whose provider would refuse it, in one sentence; null when all keys are there. */
export async function findMissingKey(crew: readonly CrewMember[], hasKey: HasKey): Promise<string | null> {
  for (const member of crew) {
    const route = routeOf(member.program);
    if (!route || route.keyVariable === null || (await hasKey(route.keyVariable))) continue;
    return missingKeyText(member.id, route.provider, route.keyVariable);
  }
  return null;
}

export const missingKeyText = (agentId: string, provider: string, variable: string): string =>
  `The agent ${agentId} asks the provider ${provider}, whose key is not there: set the environment variable ${variable}, or in VS Code run "CFN: Set Provider Key".`;
