import { describe, expect, it } from 'vitest';
import type { ModelAgentEvent } from '../../protocol/model-socket.ts';
import { detectAgents } from './detect.ts';
import { vscode } from './vscode.ts';

const read = (event: ModelAgentEvent) => vscode.createParser()(JSON.stringify(event));

describe('the language models of VS Code', () => {
  it('tell model, message, usage and their end', () => {
    expect(read({ type: 'started', model: 'GPT-X' })).toMatchObject({ model: 'GPT-X' });
    expect(read({ type: 'said', text: 'Good.' })).toMatchObject({ message: 'Good.' });
    const usage = { input: 10, cachedInput: 0, output: 2 };
    expect(read({ type: 'usage', usage })).toEqual({ transcript: [], usage });
    expect(read({ type: 'finished' })).toMatchObject({ final: { success: true } });
  });

  it('fail with a reason; a limit holds their account, and a window that went does not touch it', () => {
    expect(read({ type: 'failed', reason: 'no-permission', message: 'No.' }).final).toEqual({
      success: false,
      error: 'No.',
    });
    expect(read({ type: 'failed', reason: 'rate-limited', message: 'Later.' }).final).toMatchObject({
      rateLimited: true,
    });
    expect(read({ type: 'failed', reason: 'closing', message: 'Gone.' }).final).toMatchObject({
      unrelated: true,
    });
  });

  it('are found where the editor offers some; else it is said why not', async () => {
    const found = async (models: Parameters<typeof detectAgents>[1]) =>
      (await detectAgents({ PATH: '' }, models)).find(({ id }) => id === 'vscode');
    const model = { id: 'm', vendor: 'v', family: 'f', name: 'M', maxInputTokens: 1 };
    expect(await found([model])).toMatchObject({
      path: expect.stringContaining('model-agent') as string,
      models: [model],
    });
    expect(await found(null)).toMatchObject({
      path: null,
      missing: expect.stringContaining('only inside VS Code') as string,
    });
    expect(await found([])).toMatchObject({
      path: null,
      missing: expect.stringContaining('offers no language model') as string,
    });
  });
});
