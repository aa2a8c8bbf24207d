import { once } from 'node:events';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  all,
  GOOD,
  last,
  LoopBench,
  programs,
  removePrograms,
  SUM_FIXED,
  SUM_REPOSITORY,
  type LoopRun,
  type PublicEvent,
} from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create({ ...SUM_REPOSITORY, 'fixed.js': SUM_FIXED });
});
afterEach(() => bench.finish());
afterAll(removePrograms);

/** An implementer that mends the sum only with the right answer, and prints what `cfn ask` says. */
const asking = (...more: readonly string[]) => ({
  ...GOOD,
  worker: [
    {
      run: [
        `answer=$(cfn ask 'Which operator, "+" or "-"?' --choice + --choice - ${more.join(' ')}); echo "got <$answer> and $?"; test "$answer" != + || cp fixed.js src/sum.js`,
      ],
      result: { confidence: 0.93, summary: 'as told' },
    },
  ],
});

const isAsked = (event: PublicEvent) => event.type === 'LoopWaiting' && event['for'] === 'question';
const isOver = (event: PublicEvent) => event.type === 'LoopResumed' && event['for'] === 'question';

/** A loop that runs, and the first event of it that `isMoment` is true of. */
async function until(isMoment: (event: PublicEvent) => boolean, args: readonly string[]) {
  let found: (event: PublicEvent) => void;
  const moment = new Promise<PublicEvent>((resolve) => (found = resolve));
  const { child, ended } = await bench.start(args, (event) => {
    if (isMoment(event)) found(event);
  });
  const run = await Promise.race([moment, ended]);
  if (!('type' in run)) throw new Error(`The moment never came: ${run.stderr}`);
  return { child, ended, event: run };
}

/** What another process prints, and how it ends. */
async function cfn(...args: readonly string[]) {
  const cli = join(await programs(), 'cli.js');
  return promisify(execFile)(process.execPath, [cli, ...args], { cwd: bench.repository, env: bench.env })
    .then(({ stdout }) => ({ code: 0, stdout, stderr: '' }))
    .catch((error: unknown) => error as { code: number; stdout: string; stderr: string });
}

const exits = (run: LoopRun) => all(run, 'AgentExited').filter((event) => event['role'] === 'implementer');

describe('a question of an agent', () => {
  it('is answered from another process; its limits stand still, and nobody else waits for it', async () => {
    const flags =
      '--implementer worker=CREW --implementer other=CREW --max-parallel-agents 2 --timeout 12 --strategy split';
    const args = bench.runArguments({ ...asking(), other: GOOD.implementer }, flags.split(' '));
    const { ended, event } = await until(isAsked, args);
    const question = 'Which operator, "+" or "-"?';
    expect(event).toMatchObject({ agentId: 'worker', question, choices: ['+', '-'], iteration: 1 });
    const [status, inbox] = [await cfn('status', 'sum'), await cfn('inbox', '--json')];
    const command = `cfn answer sum "TEXT" --agent worker --question ${String(event['questionId'])}`;
    expect(status.stdout).toContain(`worker asks: ${question} (+ | -); answer with: ${command}\n`);
    expect(status.stdout).toMatch(/^ *worker .* waiting for you .* asked a question \d+ s$/m);
    expect(JSON.parse(inbox.stdout)).toMatchObject({
      kind: 'question',
      title: 'worker asks',
      detail: question,
      blocks: false,
    });
    expect(await cfn('answer', 'sum', '+', '--agent', 'other')).toMatchObject({
      code: 2,
      stderr: 'other does not wait for an answer; nothing was answered.\n',
    });
    // Longer than its whole attempt may take.
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    expect(await cfn('answer', 'sum', '+')).toMatchObject({
      code: 0,
      stdout: 'worker of sum gets the answer.\n',
    });
    const run = await ended;
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 1 });
    expect(run.events.filter(isOver)).toMatchObject([{ agentId: 'worker', answer: '+' }]);
    expect(exits(run)).toMatchObject([
      { agentId: 'other', ending: 'completed' },
      { agentId: 'worker', ending: 'completed', attempt: 1 },
    ]);
    expect(run.events.findIndex(isOver)).toBeGreaterThan(run.events.indexOf(exits(run)[0]!));
    const history = (await cfn('replay', 'sum')).stdout;
    expect(history).toContain(`worker asks: ${question} (+ | -)`);
    expect(history).toContain('worker got an answer: +\n');
    const logs = (await cfn('logs', 'sum', '--agent-id', 'worker')).stdout;
    expect(logs).toContain(`The agent asks a person: ${question}`);
    expect(logs).toContain('A person answered: +');
    expect(logs).toContain('got <+> and 0');
  });

  it('outlives a kill −9 of the process that runs the loop, and is answered in the next one', async () => {
    const { child, ended } = await until(isAsked, bench.runArguments(asking()));
    child.kill('SIGKILL');
    await ended;
    const resumed = await bench.start(['resume', 'sum', '--json']);
    let said = '';
    while (!said.includes('adopted')) said += String((await once(resumed.child.stderr!, 'data'))[0]);
    expect((await cfn('status', 'sum')).stdout).toContain('worker asks: ');
    expect(await cfn('answer', 'sum', '+')).toMatchObject({ code: 0 });
    const run = await resumed.ended;
    expect(run.events.filter(isOver)).toMatchObject([{ agentId: 'worker', answer: '+' }]);
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 1 });
    expect(exits(run)).toMatchObject([{ attempt: 1, ending: 'completed' }]);
  });

  it('is seen and answered where nobody runs the loop, also one that nobody could record', async () => {
    const { child, ended } = await until(
      (event) => event.type === 'AgentStarted',
      bench.runArguments(asking()),
    );
    child.kill('SIGKILL');
    const before = await ended;
    expect(before.events.filter(isAsked)).toEqual([]);
    let status = '';
    const end = Date.now() + 20_000;
    while (!status.includes('worker asks: ') && Date.now() < end)
      status = (await cfn('status', 'sum')).stdout;
    expect(status).toContain('worker asks: ');
    expect(await cfn('answer', 'sum', '+')).toMatchObject({ code: 0 });
    const run = await bench.cfn('resume', 'sum', '--json');
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 1 });
    const history = await cfn('replay', 'sum', '--json');
    const events = history.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as PublicEvent);
    expect(events.filter((event) => isAsked(event) || isOver(event))).toMatchObject([
      { type: 'LoopWaiting', agentId: 'worker' },
      { type: 'LoopResumed', answer: '+' },
    ]);
  });

  it('that nobody answers in time lets the agent go on alone, and takes no answer then', async () => {
    const run = await bench.run(asking('--timeout 8', '2>&1'), '--max-iterations', '1');
    expect(run.events.filter(isOver)).toMatchObject([{ agentId: 'worker', answer: null }]);
    expect(exits(run)).toMatchObject([{ ending: 'completed' }]);
    const logs = (await cfn('logs', 'sum', '--agent-id', 'worker')).stdout;
    expect(logs).toContain('got <Nobody answered within 8 s; go on with your best judgement');
    expect(logs).toContain('and say so in your result.> and 1');
    expect(await cfn('answer', 'sum', '+')).toMatchObject({
      code: 2,
      stderr: 'No agent of sum waits for an answer; nothing was answered.\n',
    });
  });

  it('in a file that is none is ignored with a notice, and the loop goes on', async () => {
    const folder = '"$(dirname "$CFN_RESULT_FILE")/questions"';
    const hostile = [`mkdir -p ${folder}`, `echo '{ "question": 1 }' > ${folder}/bad.json`, 'sleep 1.5'];
    const worker = [{ run: hostile, write: { 'src/sum.js': SUM_FIXED }, result: { confidence: 0.93 } }];
    const run = await bench.run({ ...GOOD, worker });
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
    expect(run.events.filter(isAsked)).toEqual([]);
    const logs = (await cfn('logs', 'sum', '--agent-id', 'worker')).stdout;
    expect(logs).toContain('A question was ignored: out/questions/bad.json holds no question.');
  });
});
