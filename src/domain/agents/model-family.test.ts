import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentProgram, CrewMember } from '../loop/model.ts';
import { familyOf, familyOfModel, otherFamily, sameFamily } from './model-family.ts';

const preset = (name: string, model?: string): AgentProgram => ({
  kind: 'preset',
  preset: name,
  ...(model === undefined ? {} : { model }),
});
const member = (id: string, role: CrewMember['role'], program: CrewMember['program']) => ({
  id,
  role,
  program,
});

describe('the model family', () => {
  it.each([
    ['claude', undefined, 'Claude'],
    ['claude+acp', undefined, 'Claude'],
    ['claude', 'opus', 'Claude'],
    ['claude', 'my-finetune', 'Claude'],
    ['claude', 'glm-4.6', 'GLM'],
    ['codex', undefined, 'GPT'],
    ['codex', 'o4-mini', 'GPT'],
    ['gemini', 'gemini-3-pro', 'Gemini'],
    ['qwen', undefined, 'Qwen'],
    ['opencode', undefined, null],
    ['opencode', 'anthropic/claude-sonnet-4-5', 'Claude'],
    ['opencode', 'openrouter/openai/gpt-oss-120b', 'GPT'],
    ['pi', 'amazon-bedrock/us.anthropic.claude-opus-4-1-v1:0', 'Claude'],
    ['opencode', 'ollama/qwen3-coder:30b', 'Qwen'],
    ['opencode', 'groq/llama-4-scout', 'Llama'],
    ['opencode', 'openrouter/deepseek/deepseek-r1-distill-llama-70b', 'DeepSeek'],
    ['claude', 'proxy/unheard-of', null],
    ['opencode', 'acme/x1', null],
    ['copilot', 'gpt-5', 'GPT'],
    ['demo', undefined, null],
  ])('of %s with %s is %s', (name, model, family) => {
    expect(familyOf(preset(name, model))).toBe(family);
  });

  it('of commands and people is not known', () => {
    expect(familyOf({ kind: 'exec', argv: ['claude'], tty: false })).toBeNull();
    expect(familyOf(null)).toBeNull();
  });

  it('is that of the model, whatever routes to it and whoever serves it', () => {
    const models = fc.constantFrom('claude-sonnet-4', 'gpt-5', 'gemini-3-pro', 'qwen3-coder', 'grok-4');
    const route = fc.array(fc.constantFrom('openrouter', 'anthropic', 'openai', 'qwen', 'acme'), {
      maxLength: 3,
    });
    const cli = fc.constantFrom('claude', 'codex', 'opencode', 'pi', 'copilot+acp');
    fc.assert(
      fc.property(cli, route, models, (name, hosts, model) => {
        const routed = [...hosts, model].join('/');
        expect(familyOf(preset(name, routed))).toBe(familyOfModel(model));
        expect(familyOfModel(routed.toUpperCase())).toBe(familyOfModel(model));
      }),
    );
  });
});

const programs = fc.oneof(
  fc.constantFrom('claude', 'codex', 'gemini', 'qwen', 'opencode', 'demo').map((name) => preset(name)),
  fc.constantFrom('anthropic/claude-x', 'openai/gpt-5').map((model) => preset('opencode', model)),
  fc.constant({ kind: 'exec', argv: ['x'], tty: false } as const),
);
const crews = fc.tuple(
  fc.array(programs, { minLength: 1, maxLength: 3 }),
  fc.array(programs, { minLength: 1, maxLength: 4 }),
);
const crewOf = ([implementers, validators]: readonly (readonly AgentProgram[])[]) => [
  ...(implementers ?? []).map((program, at) => member(`i${at}`, 'implementer', program)),
  ...(validators ?? []).map((program, at) => member(`v${at}`, 'validator', program)),
];

it('names exactly the validators of a known family that some implementer has', () => {
  fc.assert(
    fc.property(crews, (given) => {
      const crew = crewOf(given);
      const families = new Set(given[0].map(familyOf));
      const expected = crew.filter(
        ({ role, program }) =>
          role === 'validator' && familyOf(program) !== null && families.has(familyOf(program)),
      );
      expect(sameFamily(crew).map(({ agentId }) => agentId)).toEqual(expected.map(({ id }) => id));
    }),
  );
});

it('chooses no preset of an implementer family, and one where there is one', () => {
  const order = fc.shuffledSubarray(['claude', 'codex', 'gemini', 'qwen', 'opencode', 'pi']);
  fc.assert(
    fc.property(crews, order, (given, presets) => {
      const crew = crewOf(given);
      const chosen = otherFamily(crew, presets);
      const families = new Set(given[0].map(familyOf));
      const fits = presets.find((name) => {
        const family = familyOf(preset(name));
        return family !== null && !families.has(family);
      });
      const known = [...families].some((family) => family !== null);
      expect(chosen).toBe(known ? (fits ?? null) : null);
      if (chosen === null) return;
      const validators = crew.map((one) =>
        one.role === 'validator' ? { ...one, program: preset(chosen) } : one,
      );
      expect(sameFamily(validators)).toEqual([]);
    }),
  );
});
