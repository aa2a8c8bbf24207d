/** What a command checks. `test` is what a command is taken for that does not say. */
export type EvidenceKind = 'test' | 'typecheck' | 'lint' | 'build';

export interface EvidenceCommand {
  readonly kind: EvidenceKind;
  /** As it is run. */
  readonly command: string;
  /** False for `kind?: command`: where it does not pass at the base, nobody is held to it. */
  readonly required: boolean;
  /** It names its kind, so unless that is `test` its exit code alone says whether it passes. */
  readonly written: boolean;
}

/** No shell has a program `lint:`, so a prefix is never the beginning of a command. */
const WRITTEN = /^\s*(test|typecheck|lint|build)(\?)?:\s+(\S[\s\S]*)$/;

/** Takes an item of a loop's evidence apart: `npm test`, `lint: npx eslint .`, `build?: npm run build`. */
export function readEvidence(item: string): EvidenceCommand {
  const [, kind, optional, command] = WRITTEN.exec(item) ?? [];
  if (kind !== undefined && isKind(kind) && command !== undefined)
    return { kind, command: command.trimEnd(), required: optional === undefined, written: true };
  return { kind: impliedKind(item), command: item, required: true, written: false };
}

/** An item that nobody is held to where it does not pass at the base. */
export const optionalEvidence = (kind: EvidenceKind, command: string): string => `${kind}?: ${command}`;

const isKind = (text: string): text is EvidenceKind => Object.hasOwn(KINDS, text);
const KINDS: Readonly<Record<EvidenceKind, true>> = { test: true, typecheck: true, lint: true, build: true };

const RUN = '(?:npm run|pnpm(?: run)?|yarn(?: run)?) ';
const STARTED = '(?:npx |pnpm exec |yarn |bunx |uv run |poetry run )?';
const WORDS_AFTER = '(?: [^&|;<>]*)?$';
const IMPLIED: readonly (readonly [RegExp, EvidenceKind])[] = [
  [new RegExp(`^${RUN}(?:typecheck|type-check|check-types)${WORDS_AFTER}`), 'typecheck'],
  [new RegExp(`^${STARTED}(?:tsc|vue-tsc|mypy|pyright)${WORDS_AFTER}`), 'typecheck'],
  [new RegExp(`^${RUN}lint${WORDS_AFTER}`), 'lint'],
  [new RegExp(`^${STARTED}(?:eslint|oxlint|stylelint|ruff check|flake8|pylint)${WORDS_AFTER}`), 'lint'],
  [/^(?:cargo clippy|go vet)(?: [^&|;<>]*)?$/, 'lint'],
  [new RegExp(`^${RUN}build${WORDS_AFTER}`), 'build'],
  [/^(?:cargo|go) build(?: [^&|;<>]*)?$/, 'build'],
];

/** Only a name: how a command without a prefix is run and judged does not depend on it. */
const impliedKind = (command: string): EvidenceKind =>
  IMPLIED.find(([pattern]) => pattern.test(command.trim()))?.[1] ?? 'test';
