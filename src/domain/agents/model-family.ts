/** Whose models agents run on: who is of the implementers' own model family is likely to share its blind spots. */
import type { AgentProgram, CrewMember } from '../loop/model.ts';

/** CLIs that run the models of one maker alone, where nothing else is said. */
const OWN: ReadonlyMap<string, string> = new Map([
  ['claude', 'Claude'],
  ['codex', 'GPT'],
  ['gemini', 'Gemini'],
  ['qwen', 'Qwen'],
]);

const BY_NAME: readonly (readonly [RegExp, string])[] = [
  [/(?:^|[^a-z])claude|^(?:sonnet|opus|haiku)(?![a-z])/, 'Claude'],
  [/(?:^|[^a-z])(?:chat)?gpt|(?:^|[^a-z])codex|^o\d/, 'GPT'],
  [/(?:^|[^a-z])gem(?:ini|ma)/, 'Gemini'],
  [/(?:^|[^a-z])(?:qwen|qwq)/, 'Qwen'],
  [/(?:^|[^a-z])deepseek/, 'DeepSeek'],
  [/(?:^|[^a-z])glm/, 'GLM'],
  [/(?:^|[^a-z])kimi/, 'Kimi'],
  [/(?:^|[^a-z])grok/, 'Grok'],
  [/(?:^|[^a-z])(?:mistral|mixtral|ministral|codestral|devstral|magistral)/, 'Mistral'],
  [/(?:^|[^a-z])llama/, 'Llama'],
];

/** By the model's own name, whoever serves it: `openrouter/anthropic/claude-sonnet-4` is a Claude; null: not known. */
export function familyOfModel(model: string): string | null {
  const name = model.toLowerCase().split('/').at(-1) ?? '';
  return BY_NAME.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/** Null for scripts, for commands of the user, and where a CLI of many models was not told which one. */
export function familyOf(program: AgentProgram | null): string | null {
  if (program?.kind !== 'preset') return null;
  const own = OWN.get(program.preset.replace(/\+acp$/, '')) ?? null;
  if (program.model === undefined) return own;
  // A CLI that asks another provider runs whatever models that has.
  const isElsewhere = program.route !== undefined || program.model.includes('/');
  return familyOfModel(program.model) ?? (isElsewhere ? null : own);
}

type Member = Pick<CrewMember, 'id' | 'role' | 'program'>;

const familiesOf = (crew: readonly Member[], role: CrewMember['role']): ReadonlySet<string> =>
  new Set(crew.flatMap((member) => (member.role === role ? (familyOf(member.program) ?? []) : [])));

export const implementerFamilies = (crew: readonly Member[]): readonly string[] => [
  ...familiesOf(crew, 'implementer'),
];

export interface SameFamily {
  readonly agentId: string;
  readonly family: string;
}

/** The validators that share a model family with an implementer. Where a family is not known nothing is said. */
export function sameFamily(crew: readonly Member[]): readonly SameFamily[] {
  const implementing = familiesOf(crew, 'implementer');
  return crew.flatMap(({ id, role, program }) => {
    const family = role === 'validator' ? familyOf(program) : null;
    return family !== null && implementing.has(family) ? [{ agentId: id, family }] : [];
  });
}

/** The first of these presets whose models are of none of the implementers' families; null: there is none, or theirs are not known. */
export function otherFamily(crew: readonly Member[], presets: readonly string[]): string | null {
  const implementing = familiesOf(crew, 'implementer');
  if (implementing.size === 0) return null;
  const isOther = (preset: string): boolean => {
    const family = familyOf({ kind: 'preset', preset });
    return family !== null && !implementing.has(family);
  };
  return presets.find(isOther) ?? null;
}
