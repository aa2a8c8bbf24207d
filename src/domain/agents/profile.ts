/** What a profile makes of an agent's program. A profile never widens what the agent may do. */

/** Where a profile was read: the repository's text is not the person's own. */
export type ProfileOrigin = 'repository' | 'personal';

/** A profile as a loop was started with it; part of the loop's configuration, so it never changes. */
export interface CrewProfile {
  readonly id: string;
  readonly name: string;
  readonly origin: ProfileOrigin;
  /** As a person finds the file: relative to the repository, or absolute. */
  readonly path: string;
  /** What the agent is told about its role; may be ''. */
  readonly instructions: string;
  /** What of the profile is not followed; one sentence each. */
  readonly notes: readonly string[];
}

/** Ids are compared without case, as those of agents are. */
export const profileKey = (id: string): string => id.toLowerCase();

/** Names of providers, as profiles of other tools use them. */
const PROVIDERS: Readonly<Record<string, string>> = {
  anthropic: 'claude',
  claude: 'claude',
  'claude-code': 'claude',
  openai: 'codex',
  codex: 'codex',
  google: 'gemini',
  gemini: 'gemini',
  alibaba: 'qwen',
  dashscope: 'qwen',
  qwen: 'qwen',
  opencode: 'opencode',
  pi: 'pi',
};

const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^(?:claude|sonnet|opus|haiku)\b/i, 'claude'],
  [/^(?:gpt|codex|o\d)/i, 'codex'],
  [/^gemini\b/i, 'gemini'],
  [/^qwen/i, 'qwen'],
];

export interface ProfileWish {
  readonly provider: string | null;
  readonly model: string | null;
  /** The preset that the SPEC names before its `@`; it wins over the profile. */
  readonly chosen: string | null;
  /** The preset of agents that nothing else was said about. */
  readonly fallback: string | null;
}

export interface ProfileProgram {
  /** null: the profile names none, and there is no default. */
  readonly preset: string | null;
  readonly model: string | null;
  /** What of the profile is not followed; one sentence each. */
  readonly notes: readonly string[];
}

/** A model is only given to the CLI that it belongs to; any other would refuse to start with it. */
export function programOfProfile({ provider, model, chosen, fallback }: ProfileWish): ProfileProgram {
  const family = familyOf(model);
  const named = provider === null ? null : (PROVIDERS[provider.toLowerCase()] ?? null);
  const preset = chosen ?? named ?? family ?? fallback;
  const stranger =
    provider !== null && named === null
      ? [`Its provider ${JSON.stringify(provider)} is that of no preset.`]
      : [];
  if (model === null || model === 'inherit') return { preset, model: null, notes: stranger };
  if ((family ?? named) === preset) return { preset, model, notes: stranger };
  const left = `Its model ${JSON.stringify(model)} is left to ${preset ?? 'the agent CLI'}.`;
  return { preset, model: null, notes: [...stranger, left] };
}

const familyOf = (model: string | null): string | null =>
  FAMILIES.find(([pattern]) => pattern.test(model ?? ''))?.[1] ?? null;
