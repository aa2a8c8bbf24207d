import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildRunner, fixture, makeAttempt, run, type BuiltRunner } from './support/attempt.ts';

let built: BuiltRunner;
beforeAll(async () => {
  built = await buildRunner('test/integration/support/runner-with-chatty-cli.ts');
});
afterAll(() => built.remove());

/** One run of a CLI with structured output, without a terminal. */
async function runWith(prompt: string) {
  const attempt = makeAttempt({ program: { kind: 'preset', preset: 'chatty' } }, prompt);
  try {
    return await run(built.file, attempt, { ...process.env, CHATTY_CLI: fixture('chatty-cli.mjs') });
  } finally {
    attempt.remove();
  }
}

it('reads result, session and usage from structured output', async () => {
  expect(await runWith('confidence=0.6')).toMatchObject({
    ending: 'completed',
    lingered: false,
    channel: 'message',
    result: { confidence: 0.6 },
    sessionId: 'session-1',
    usage: { input: 10, cachedInput: 0, output: 5 },
  });
});

it('waits for the final event of a CLI that has one, however long its last message is ago', async () => {
  const record = await runWith('late');
  expect(record).toMatchObject({ ending: 'completed', lingered: false, exitCode: 0 });
  expect(record.endedAt - record.startedAt).toBeGreaterThan(2400);
});

it('ends a CLI that stays after its final event as completed and lingered', async () => {
  expect(await runWith('stay')).toMatchObject({ ending: 'completed', lingered: true });
});

it('never derives success from the exit code alone', async () => {
  const silent = await runWith('nofinal');
  expect(silent).toMatchObject({ ending: 'failed', exitCode: 0, result: { confidence: 0.5 } });
  expect(silent.failure).toContain('without its final event');
  expect(await runWith('refused')).toMatchObject({ ending: 'failed', exitCode: 0, failure: 'HTTP 401' });
  expect(await runWith('refused stay')).toMatchObject({ ending: 'failed', lingered: true });
});

it('tells a refused request from a failure', async () => {
  expect(await runWith('limited')).toMatchObject({ ending: 'rate-limited', failure: 'HTTP 429' });
});
