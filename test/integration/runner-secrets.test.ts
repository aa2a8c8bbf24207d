import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildRunner, makeAttempt, run, scripted, type BuiltRunner } from './support/attempt.ts';

let built: BuiltRunner;
beforeAll(async () => {
  built = await buildRunner();
});
afterAll(() => built.remove());

/** Texts of all files below a folder. */
function textsBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'));
}

it('[X-19] [DP-153] keeps what an agent prints of its keys out of everything that the runner writes', async () => {
  const key = 'not-a-real-key-0123456789';
  const encoded = Buffer.from(`user:${key}`).toString('base64');
  const attempt = makeAttempt({
    program: scripted(
      `say=using ${key} now`,
      `err=Authorization: Basic ${encoded}`,
      `block={"nonce":"%n","confidence":0.8,"summary":"used ${key}","issues":[{"severity":"warning","text":"${key} is old","file":"a.ts"}]}`,
      `say=bye ${key}`,
    ),
  });
  try {
    const record = await run(built.file, attempt, { ...process.env, DEMO_API_KEY: key });
    expect(record).toMatchObject({ ending: 'completed', result: { confidence: 0.8 } });
    expect(record.result).toMatchObject({
      summary: expect.stringMatching(/^used \[secret /),
      issues: [{ text: expect.stringMatching(/\] is old$/), file: 'a.ts' }],
    });
    expect(record.lastLine).toMatch(/\[secret sha256:[0-9a-f]{8}\]$/);
    const lines = attempt.transcript().map((line) => line.text);
    expect(lines).toContainEqual(expect.stringMatching(/^using \[secret sha256:[0-9a-f]{8}\] now$/));
    const written = textsBelow(attempt.folder).filter((text) => !text.includes('"program"'));
    expect(written.length).toBeGreaterThan(2);
    expect(written.filter((text) => text.includes(key) || text.includes(encoded.slice(8, 24)))).toEqual([]);
  } finally {
    attempt.remove();
  }
});
