import type { AgentRoute } from '../../domain/agents/provider-route.ts';
import { routeOf, type CrewMember } from '../../domain/loop/model.ts';

const REASONS: Readonly<Record<AgentRoute['because'], string>> = {
  profile: 'named by the profile',
  complexity: 'for the high complexity of the task',
  cost: 'for a task that shall cost little',
  default: 'the default provider',
};

/** Whose models read the code, for whoever starts the loop; one sentence for each provider and model. */
export function routeNotes(crew: readonly CrewMember[]): readonly string[] {
  const notes = new Map<string, string[]>();
  for (const member of crew) {
    const route = routeOf(member.program);
    if (!route || member.program?.kind !== 'preset') continue;
    const { preset, model } = member.program;
    const place =
      route.baseUrl === null ? 'with the sign-in of its CLI' : `at ${new URL(route.baseUrl).host}`;
    const what = `ask ${route.provider} (${model ?? 'its own model'}) ${place} by ${preset}: ${REASONS[route.because]}.`;
    notes.set(what, [...(notes.get(what) ?? []), member.id]);
  }
  return [...notes].map(
    ([what, ids]) => `${ids.join(', ')} ${ids.length === 1 ? what.replace(/^ask /, 'asks ') : what}`,
  );
}
