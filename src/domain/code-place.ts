import type { CodePlace } from './loop/model.ts';

/** Whether containers can be started now. `why`: a clause without a full stop. */
export type ContainerEngine = { readonly kind: 'ready' } | { readonly kind: 'missing'; readonly why: string };

export interface SaidPlace {
  /** What the person says for this start; null where nothing. */
  readonly flag: CodePlace | null;
  /** What the person chose for the repository before; null where nobody was asked. */
  readonly remembered: CodePlace | null;
}

export interface CodePlaceFacts extends SaidPlace {
  readonly engine: ContainerEngine;
}

/** Null where nobody ever chose. */
export const chosenPlace = ({ flag, remembered }: SaidPlace): CodePlace | null => flag ?? remembered;

export type CodePlaceAnswer =
  | { readonly kind: 'runs'; readonly place: CodePlace }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * Where set-up, evidence, proofs and agents of a start run. Whoever chose containers gets them or nothing:
 * nothing falls back to the machine, which is taken where nobody chose.
 */
export function whereCodeRuns({ engine, ...said }: CodePlaceFacts): CodePlaceAnswer {
  const chosen = chosenPlace(said);
  if (chosen === 'container' && engine.kind === 'missing') {
    return {
      kind: 'refused',
      message: `Agents' code runs in containers alone in this repository, and ${engine.why}; \`cfn init --code machine\`, or "CFN: Choose Where Agents' Code Runs", changes that.`,
    };
  }
  return { kind: 'runs', place: chosen ?? 'machine' };
}
