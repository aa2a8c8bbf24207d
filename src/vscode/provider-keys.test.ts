import { expect, it } from 'vitest';
import { createNodeRedactor } from '../adapters/log/redactor.ts';
import { providerKeyName, readProviderKey } from './provider-keys.ts';

it('a kept key is read by the name of its variable, and is taken out of the log from then on', async () => {
  const kept = new Map([[providerKeyName('ZAI_API_KEY'), 'not-a-real-key-0123456789']]);
  const redactor = createNodeRedactor();
  const read = readProviderKey(
    {
      get: (name) => Promise.resolve(kept.get(name)),
      store: (name, value) => Promise.resolve(void kept.set(name, value)),
      delete: (name) => Promise.resolve(void kept.delete(name)),
      onDidChange: () => ({ dispose: () => undefined }),
    },
    redactor,
  );
  expect(redactor.redact('not-a-real-key-0123456789')).toBe('not-a-real-key-0123456789');
  expect([await read('ZAI_API_KEY'), await read('XAI_API_KEY')]).toEqual(['not-a-real-key-0123456789', null]);
  expect(redactor.redact('not-a-real-key-0123456789')).toMatch(/^\[secret /);
});
