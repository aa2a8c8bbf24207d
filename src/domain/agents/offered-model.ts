/** A language model that the editor offers to extensions. */
export interface OfferedModel {
  readonly id: string;
  readonly vendor: string;
  readonly family: string;
  /** For people. */
  readonly name: string;
  readonly maxInputTokens: number;
}

/** By id or family, alone or after its vendor and a slash; case does not matter. Null: the first one. */
export function chooseModel<M extends OfferedModel>(
  models: readonly M[],
  named: string | null,
): M | undefined {
  if (named === null) return models[0];
  const wanted = named.toLowerCase();
  const names = ({ id, vendor, family }: OfferedModel) => [
    id,
    `${vendor}/${id}`,
    family,
    `${vendor}/${family}`,
  ];
  // An id is one model's own, a family may have several.
  for (const at of [0, 1, 2, 3]) {
    const found = models.find((model) => names(model)[at]?.toLowerCase() === wanted);
    if (found) return found;
  }
  return undefined;
}

/** What a SPEC may say for each of them: the family, or the id where several are of one family. */
export function modelNames(models: readonly OfferedModel[]): readonly string[] {
  const counted = new Map<string, number>();
  for (const { family } of models) counted.set(family, (counted.get(family) ?? 0) + 1);
  return models.map(({ id, family }) => (family !== '' && counted.get(family) === 1 ? family : id));
}
