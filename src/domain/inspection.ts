import type { EvidenceJudgement } from './loop/events.ts';

/** Something in an added line that looks like a key or a password. The thing itself is never kept. */
export interface SecretFinding {
  readonly path: string;
  readonly line: number;
  /** `AWS access key` */
  readonly what: string;
  /** A few characters of a hash, so that a confirmation holds for this secret alone, wherever it moves to. */
  readonly mark: string;
}

/** What was seen in the difference from the base without running anything. */
export interface Inspection {
  readonly missing: readonly string[];
  readonly secrets: readonly SecretFinding[];
  /** False where the difference is too large to be searched as a whole. */
  readonly searchedAll: boolean;
}

/** Names what has to be confirmed, apart from changed files: no path of a repository has to be `secret:…`. */
export const secretItem = ({ path, what, mark }: SecretFinding): string =>
  `secret:${path}#${what.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${mark}`;
export const UNSEARCHED = 'secret:not-searched';

/**
 * What commands said together with what was seen. Only ever worse than what they said: a missing deliverable fails it,
 * and what looks like a secret has to be confirmed, as a changed protected file has.
 */
export function withInspection(judgement: EvidenceJudgement, seen: Inspection): EvidenceJudgement {
  const secrets = seen.secrets.map(told);
  const unsearched = seen.searchedAll ? [] : [UNSEARCHED_TEXT];
  const suspicious = [...secrets, ...unsearched];
  const missing = seen.missing.map((path) => `The deliverable ${path} does not exist in the result.`);
  if (missing.length + suspicious.length === 0) return judgement;
  const items = [...new Set(seen.secrets.map(secretItem)), ...(seen.searchedAll ? [] : [UNSEARCHED])];
  const failed = missing.length > 0 || judgement.status === 'failed';
  const status = failed ? 'failed' : judgement.status === 'passed' ? 'unconfirmed' : judgement.status;
  return {
    ...judgement,
    status,
    reasons: [...(judgement.status === 'passed' ? [] : judgement.reasons), ...missing, ...suspicious],
    feedback: [
      ...judgement.feedback,
      ...seen.missing.map((path) => `Make the deliverable ${path}; it does not exist in the result.`),
      ...secrets.map((text) => `${text} Take it out of the file, or say why it is none.`),
      ...unsearched,
    ],
    unconfirmedFiles: failed ? [] : [...judgement.unconfirmedFiles, ...items],
  };
}

const told = ({ path, line, what }: SecretFinding): string =>
  `${path}:${line} adds what looks like a secret (${what}).`;

const UNSEARCHED_TEXT = 'The difference from the base is too large to be searched for secrets as a whole.';
