import { describe, expect, it } from 'vitest';
import { chooseModel, modelNames, type OfferedModel } from './offered-model.ts';

const model = (vendor: string, id: string, family: string): OfferedModel => ({
  id,
  vendor,
  family,
  name: id,
  maxInputTokens: 1000,
});
const MODELS = [
  model('copilot', 'gpt-x-1', 'gpt-x'),
  model('copilot', 'gpt-x-2', 'gpt-x'),
  model('local', 'm', 'Llama'),
];

describe('the model that a SPEC names', () => {
  it.each([
    [null, 'gpt-x-1'],
    ['gpt-x-2', 'gpt-x-2'],
    ['copilot/gpt-x-2', 'gpt-x-2'],
    ['gpt-x', 'gpt-x-1'],
    ['llama', 'm'],
    ['LOCAL/llama', 'm'],
  ])('%j is %s', (named, id) => {
    expect(chooseModel(MODELS, named)?.id).toBe(id);
  });

  it('is none where none has the name, or none is offered', () => {
    expect(chooseModel(MODELS, 'gpt')).toBe(undefined);
    expect(chooseModel([], null)).toBe(undefined);
  });

  it('has a name of its own that finds it', () => {
    expect(modelNames(MODELS)).toEqual(['gpt-x-1', 'gpt-x-2', 'Llama']);
    expect(modelNames(MODELS).map((name) => chooseModel(MODELS, name))).toEqual(MODELS);
  });
});
