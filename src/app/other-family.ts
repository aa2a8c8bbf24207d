import { ok, type Result } from '../base/result.ts';
import { implementerFamilies, otherFamily } from '../domain/agents/model-family.ts';
import type { Crew } from '../protocol/agent-spec.ts';

export interface NotedCrew extends Crew {
  /** What could not be had as it was asked for, in one sentence. */
  readonly note?: string;
}

/** Stands for a preset where it is to be seen who would get it. */
const STAND_IN = 'other';

/** Validators that nothing else was said about, with a preset of another model family than the implementers' where there is one. */
export function ofOtherFamily(
  crew: Crew,
  {
    usable,
    preset,
    crewWith,
  }: {
    /** Presets that are signed in, preferred ones first. */
    readonly usable: readonly string[];
    readonly preset: string | undefined;
    readonly crewWith: (forValidators: string) => Result<Crew, string>;
  },
): Result<NotedCrew, string> {
  const chosen = otherFamily(crew.members, usable);
  const other = crewWith(chosen ?? STAND_IN);
  const nobody = other.ok && JSON.stringify(other.value) === JSON.stringify(crew);
  if (!other.ok || nobody || chosen !== null) return other;
  const families = implementerFamilies(crew.members).join(' and ');
  const why =
    families === ''
      ? 'The model family of the implementers is not known'
      : `No agent CLI of another model family than ${families} was found that is signed in`;
  return ok({
    ...crew,
    note: `${why}, so validators without a preset of their own stay with ${preset ?? 'the default'}.`,
  });
}
