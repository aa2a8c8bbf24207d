import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProviderRouter, type ProviderChoices } from './provider-router.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const blank = fc.constantFrom('', '   ', undefined);
const choice = fc.oneof(name, blank);
const choices: fc.Arbitrary<ProviderChoices> = fc.record({
  highComplexity: choice,
  cost: choice,
  fallback: choice,
});
const own = fc.option(fc.oneof(name, fc.constantFrom('', ' ')), { nil: null });
const task = fc.record({
  complexity: fc.oneof(fc.constantFrom('low', 'medium', 'high', undefined), fc.string()),
  cost_sensitive: fc.constantFrom(true, false, undefined),
});

/** The four lines of the design, word for word. */
function asDesigned(
  agent: string | null,
  asked: { readonly complexity?: string | undefined; readonly cost_sensitive?: boolean | undefined },
  said: ProviderChoices,
): string {
  if (agent?.trim()) return agent;
  if (asked.complexity === 'high') return said.highComplexity?.trim() || 'anthropic';
  if (asked.cost_sensitive) return said.cost?.trim() || 'zai';
  return said.fallback?.trim() || 'kimi';
}

describe('[SI-079] [X-14] the choice of a provider', () => {
  it('is the agent’s own, then that of hard tasks, then that of cheap ones, then the default', () => {
    fc.assert(
      fc.property(own, task, choices, (agent, asked, said) => {
        const router = new ProviderRouter(() => agent, said);
        expect(router.selectProvider('any', asked)).toBe(asDesigned(agent, asked, said));
      }),
    );
  });

  it('asks nothing further once something was said', () => {
    fc.assert(
      fc.property(name, task, choices, choices, (agent, asked, one, other) => {
        const selected = [one, other].map((said) => new ProviderRouter(() => agent, said).select('a', asked));
        expect(selected).toEqual([
          { provider: agent, because: 'profile' },
          { provider: agent, because: 'profile' },
        ]);
      }),
    );
    fc.assert(
      fc.property(choices, fc.boolean(), name, name, (said, cost_sensitive, cost, fallback) => {
        const asked = { complexity: 'high', cost_sensitive };
        const first = new ProviderRouter(() => null, said).select('a', asked);
        expect(new ProviderRouter(() => null, { ...said, cost, fallback }).select('a', asked)).toEqual(first);
      }),
    );
  });

  it('is each agent’s own', () => {
    const router = new ProviderRouter((id) => (id === 'architect' ? 'Anthropic ' : null), {
      fallback: 'Gemini',
    });
    expect(router.selectProvider('architect', { cost_sensitive: true })).toBe('anthropic');
    expect(router.selectProvider('coder', {})).toBe('gemini');
  });
});
