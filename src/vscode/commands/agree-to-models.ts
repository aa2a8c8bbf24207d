import type { CrewMember } from '../../domain/loop/model.ts';
import type { Front } from '../front.ts';

/**
 * VS Code asks a person once whether an extension may use a language model, and wants to be asked in an act of theirs: that
 * is the start, and not some review minutes later. Null: all may be used; else why one may not.
 */
export async function agreeToModels(
  front: Front,
  crew: readonly Pick<CrewMember, 'program'>[],
): Promise<string | null> {
  const wanted = new Set<string | null>();
  for (const { program } of crew) {
    if (program?.kind === 'preset' && program.preset === 'vscode') wanted.add(program.model ?? null);
  }
  for (const model of wanted) {
    const agreed = await (await front.models()).agree(model);
    if (!agreed.ok) return agreed.error.message;
  }
  return null;
}
