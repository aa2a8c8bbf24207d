import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { all, GOOD, LoopBench, removePrograms } from './fixture.ts';

const FAKE = fileURLToPath(new URL('../../fixtures/agents/agent.mjs', import.meta.url));
let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => bench.finish());
afterAll(removePrograms);

/** The scripted single agent with steps, after it repaired the file. */
function worker(...steps: readonly string[]): string {
  const fix = `printf 'export const sum = (a, b) => a + b;\\n' > src/sum.js`;
  const quoted = steps.map((step) => `"${step.replaceAll('"', '\\"')}"`).join(' ');
  return `worker=exec:sh -c '${fix.replaceAll("'", `'"'"'`)}; exec "$0" "$@"' '${process.execPath}' '${FAKE}' ${quoted}`;
}
const RESULT = '{"nonce":"%n","confidence":0.93}';

describe('counts normally and leaves nothing behind', () => {
  it.each([
    ['holds standard output open', ['holder', `block=${RESULT}`], true],
    ['forks a daemon', ['daemon', `file=${RESULT}`], true],
    ['splits UTF-8 over writes', ['utf8', `block=${RESULT}`], false],
    ['prints 50 MB', ['flood=50', `block=${RESULT}`], false],
    ['does not exit after reporting', [`report=${RESULT}`, 'hang'], true],
  ])('an agent that %s', async (_name, steps, lingered) => {
    const run = await bench.run(GOOD, '--implementer', worker(...steps));
    expect(run.stderr).not.toContain('Internal error');
    expect(run.code).toBe(0);
    const exit = all(run, 'AgentExited')[0];
    expect(exit).toMatchObject({ ending: 'completed', confidence: 0.93, defaulted: false, lingered });
  });
});
