/** One contract for agents, wherever they run: as a process, in a terminal, in a container. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createContainerEngine } from '../../src/adapters/docker/container-engine.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import { containerLimits } from '../../src/domain/containers/plan.ts';
import type { AttemptSpec, ResultRecord, TranscriptLine } from '../../src/protocol/attempt.ts';
import { sharedEngine } from '../support/docker-engine.ts';
import {
  buildRunner,
  fixture,
  makeAttempt,
  scripted,
  until,
  type Attempt,
  type BuiltRunner,
} from './support/attempt.ts';

const shared = await sharedEngine('agents in containers beside others');
const address = { source: 'DOCKER_HOST', host: shared?.host ?? 'unix:///none' } as const;
const never = new AbortController().signal;
const OWNER = `conformance-${process.pid}`;
const NONCE = 'n-fixed';
const AGENTS = dirname(fixture('agent.mjs'));

// util-linux's script gives a program a terminal of its own.
const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
if (!hasTerminal) process.stdout.write('Skipped: no `script` program that makes terminals here.\n');

const RUNTIMES = ['process', ...(hasTerminal ? ['terminal'] : []), ...(shared ? ['container'] : [])];

let built: BuiltRunner;
beforeAll(async () => {
  built = await buildRunner();
});
const attempts: Attempt[] = [];
afterEach(async () => {
  for (const attempt of attempts.splice(0)) attempt.remove();
  const left = shared ? await containersLeft() : [];
  if (left.length > 0) throw new Error(`Containers are left: ${left.join(', ')}`);
});
afterAll(() => built.remove());

async function containersLeft(): Promise<readonly string[]> {
  const listed = await createContainerEngine(address).list({ [LABELS.owner]: OWNER }, never);
  if (!listed.ok) throw new Error(listed.error.message);
  return listed.value.map(({ name, state }) => `${name} ${state}`);
}

const limits = { idleMs: 30_000, totalMs: 60_000, completionMs: 700, killGraceMs: 300 };

let counter = 0;
const container = (): AttemptSpec['container'] => ({
  engine: address,
  image: 'cfn-base:local',
  name: `cfn-conformance-${process.pid}-${(counter += 1)}`,
  user: '1000:1000',
  limits: containerLimits('mvp'),
  network: { id: 'none', gateway: null, internal: true, allow: null },
  mounts: [{ source: AGENTS, target: AGENTS, readonly: true, owned: false }],
  labels: { [LABELS.owner]: OWNER, [LABELS.run]: `${OWNER}-${counter}` },
});

interface Ran {
  readonly attempt: Attempt;
  readonly record: ResultRecord;
  readonly transcript: readonly TranscriptLine[];
}

interface Case {
  readonly spec?: Partial<AttemptSpec>;
  readonly prompt?: string;
  readonly context?: object;
  /** While it runs. */
  readonly meanwhile?: (attempt: Attempt, runner: { kill(signal: NodeJS.Signals): void }) => Promise<void>;
}

async function runIn(runtime: string, { spec, prompt, context, meanwhile }: Case): Promise<Ran> {
  const inside = runtime === 'container' ? { container: container() } : {};
  const attempt = makeAttempt({ limits, nonce: NONCE, ...spec, ...inside }, prompt);
  attempts.push(attempt);
  if (context) attempt.write('context.json', context);
  const words = [process.execPath, built.file, attempt.folder];
  const [command = '', ...args] =
    runtime === 'terminal'
      ? ['script', '-qefc', words.map((word) => `'${word}'`).join(' '), '/dev/null']
      : words;
  const child = spawn(command, args, {
    cwd: attempt.folder,
    env: { ...process.env, TERM: 'xterm', KEPT: "it's kept\nwhole 🎉" },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  let complaints = '';
  child.stderr.on('data', (data: Buffer) => (complaints += data.toString()));
  const exited = once(child, 'exit');
  await meanwhile?.(attempt, child);
  await exited;
  const record = attempt.record();
  if (record === null) throw new Error(`No record in ${runtime}: ${complaints}`);
  return { attempt, record, transcript: attempt.transcript() };
}

/** What has to be the same; paths of an attempt are its own. */
function facts({ attempt, record, transcript }: Ran) {
  const { ending, lingered, exitCode, signal, result, channel, resultError, failure, lastLine } = record;
  const base = dirname(attempt.folder);
  const said = (stream: string) =>
    transcript.filter((line) => line.stream === stream).map(({ kind, text }) => `${kind}: ${text}`);
  const told = { out: said('stdout'), err: said('stderr'), agent: said('agent'), harness: said('harness') };
  const all = {
    ending,
    lingered,
    exitCode,
    signal,
    result,
    channel,
    resultError,
    failure,
    lastLine,
    ...told,
  };
  return JSON.parse(JSON.stringify(all).replaceAll(base, '…')) as typeof all;
}

/** Runs it everywhere and compares; gives what is the same. */
async function everywhere(one: Case) {
  const ran = await Promise.all(RUNTIMES.map((runtime) => runIn(runtime, one)));
  const [first, ...others] = ran.map(facts);
  if (first === undefined) throw new Error('There is no runtime.');
  const byName = (all: readonly (typeof first)[]) =>
    Object.fromEntries(all.map((each, index) => [RUNTIMES[index + 1], each]));
  expect(byName(others)).toEqual(byName(others.map(() => first)));
  return { facts: first, ran };
}
const steps = (...words: string[]): Case => ({ spec: { program: scripted(...words) } });
const shell = (text: string): Partial<AttemptSpec> => ({
  program: { kind: 'exec', argv: ['sh', '-c', text], tty: false },
});
const valid = '{"nonce":"%n","confidence":0.8,"summary":"done"}';

describe('an agent behaves the same as a process, in a terminal and in a container', () => {
  it.each([
    ['message', [`block=${valid}`], 0.8],
    ['file', ['file={"nonce":"%n","confidence":0.7}', `block=${valid}`], 0.7],
    ['report', ['report={"nonce":"%n","confidence":0.6}', 'file={"nonce":"%n","confidence":0.7}'], 0.6],
  ])('[FL-042] reports by %s', async (channel, words, confidence) => {
    const { facts: same } = await everywhere(steps('say=hello', ...words));
    expect(same).toMatchObject({ ending: 'completed', channel, result: { confidence }, exitCode: 0 });
  });

  it.each([
    ['a number out of range', 'block={"nonce":"%n","confidence":10.0}', 'confidence is 10; it takes'],
    ['a stale nonce', 'block={"nonce":"old","confidence":0.9}', 'nonce is "old"'],
    ['no result', 'say=all good, confidence: 9/10', 'No result'],
  ])('[L-12] rejects %s', async (_, word, error) => {
    const { facts: same } = await everywhere(steps(word));
    expect(same).toMatchObject({ ending: 'completed', result: null, channel: null });
    expect(same.resultError).toContain(error);
  });

  it('keeps its output: both streams, characters split over writes, long lines and many', async () => {
    const { facts: same } = await everywhere(
      steps('utf8', 'err=a warning', 'flood=2', 'endless=1', 'say=', 'say=the last word', `block=${valid}`),
    );
    expect(same.out).toContain('text: grüße 🎉 漢字');
    expect(same.err).toEqual(['text: a warning']);
    expect(same.out).toContain('text: the last word');
  });

  it('[SI-061] [SI-065] gets its environment, prompt and context as they were written', async () => {
    const names = ['AGENT_ID', 'TASK_ID', 'CFN_ROLE', 'CFN_ITERATION', 'CFN_ATTEMPT', 'CFN_NONCE', 'KEPT'];
    const own = ['CFN_REPAIR', 'CFN_REPAIR_ERROR', 'ELECTRON_RUN_AS_NODE'];
    const { facts: same } = await everywhere({
      spec: {
        program: scripted(...[...names, ...own].map((name) => `env=${name}`), 'stdin', 'echo-prompt'),
        iteration: 3,
        attempt: 2,
        repair: { error: "confidence isn't $(a) `number`", sessionId: null },
      },
      prompt: 'Do it: $(touch no) `touch no` \'quoted\' "twice"\nгрüße 漢字 🎉\n',
    });
    expect(same.out).toEqual([
      'text: AGENT_ID=agent-1',
      'text: TASK_ID=task-1',
      'text: CFN_ROLE=implementer',
      'text: CFN_ITERATION=3',
      'text: CFN_ATTEMPT=2',
      'text: CFN_NONCE=n-fixed',
      "text: KEPT=it's kept",
      'text: whole 🎉',
      'text: CFN_REPAIR=1',
      "text: CFN_REPAIR_ERROR=confidence isn't $(a) `number`",
      'text: ELECTRON_RUN_AS_NODE=(unset)',
      'text: stdin: 0',
      'text: Do it: $(touch no) `touch no` \'quoted\' "twice"',
      'text: грüße 漢字 🎉',
    ]);
    const context = await everywhere({
      spec: shell('cat "$CFN_CONTEXT_FILE"; echo; pwd; echo "$CFN_RESULT_FILE"'),
      context: { task: 'sum', text: 'größer' },
    });
    expect(context.facts.out).toEqual([
      'text: {"task":"sum","text":"größer"}',
      'text: …/worktree',
      'text: …/attempt/out/result.json',
    ]);
  });

  it('leaves its files in the worktree, and they belong to whoever runs the loop', async () => {
    const { ran } = await everywhere({
      spec: shell(
        'mkdir -p deep/er; echo one > deep/er/a.txt; ln -s a.txt deep/er/b.txt; printf x > "ä ö.txt"',
      ),
    });
    for (const { attempt } of ran) {
      expect(new Set(readdirSync(attempt.worktree, { recursive: true, encoding: 'utf8' }))).toEqual(
        new Set(['deep', 'deep/er', 'deep/er/a.txt', 'deep/er/b.txt', 'ä ö.txt']),
      );
      expect(readFileSync(join(attempt.worktree, 'deep/er/b.txt'), 'utf8')).toBe('one\n');
      expect(statSync(join(attempt.worktree, 'deep/er/a.txt')).uid).toBe(process.getuid?.());
    }
  });
});

describe('an agent ends the same as a process, in a terminal and in a container', () => {
  it.each([1, 2, 42, 126, 127, 255])('with exit code %i, as failed, with its result', async (code) => {
    const { facts: same } = await everywhere(steps(`block=${valid}`, `exit=${code}`));
    expect(same).toMatchObject({ ending: 'failed', exitCode: code, result: { confidence: 0.8 } });
    expect(same.failure).toBe(`The agent ended with exit code ${code}.`);
  });

  it('[L-13] by a signal of its own, as failed, with its last words', async () => {
    const { facts: same } = await everywhere(steps('err=Prompt too long', 'crash=SIGSEGV'));
    expect(same).toMatchObject({ ending: 'failed', signal: 'SIGSEGV', lastLine: 'Prompt too long' });
  });

  it('[DP-033] silent, at the idle limit', async () => {
    const { facts: same } = await everywhere({
      spec: { program: scripted('say=thinking', 'hang'), limits: { ...limits, idleMs: 3000 } },
    });
    expect(same).toMatchObject({ ending: 'idle', result: null });
    expect(same.out).toEqual(['text: thinking']);
  });

  it('[X-31] while it talks, at the total limit', async () => {
    const ticks = Array.from({ length: 400 }, () => ['say=tick', 'sleep=50']).flat();
    const ran = await Promise.all(
      RUNTIMES.map((runtime) =>
        runIn(runtime, { spec: { program: scripted(...ticks), limits: { ...limits, totalMs: 4000 } } }),
      ),
    );
    const ends = ran.map(({ record: { ending, failure } }) => ({ ending, failure }));
    expect(ends).toEqual(RUNTIMES.map(() => ends[0]));
    expect(ends[0]?.ending).toBe('timeout');
  });

  it('[DP-030] [DP-032] cancelled, deaf and with processes of its own', async () => {
    const { facts: same } = await everywhere({
      spec: { program: scripted('deaf', 'child', 'escapee', 'daemon', 'holder', 'say=up', 'hang') },
      async meanwhile(attempt) {
        await until(() => attempt.transcript().some(({ text }) => text === 'up'), 60_000);
        attempt.write('control.json', {
          version: 1,
          cancel: { reason: 'stopped by a person' },
          suspendedMs: 0,
        });
      },
    });
    expect(same).toMatchObject({ ending: 'cancelled', failure: 'Cancelled: stopped by a person.' });
  });

  it.each([
    ['reported and does not exit', ['report={"nonce":"%n","confidence":0.5}', 'hang']],
    ['wrote its result file and is deaf', ['deaf', 'file={"nonce":"%n","confidence":0.5}', 'hang']],
    ['printed its block and goes silent', ['block={"nonce":"%n","confidence":0.5}', 'hang']],
  ])('when it %s, as completed', async (_, words) => {
    const { facts: same } = await everywhere(steps(...words));
    expect(same).toMatchObject({ ending: 'completed', lingered: true, result: { confidence: 0.5 } });
  });

  it('of which there is no program, as failed', async () => {
    const program = { kind: 'exec', argv: ['no-such-program-at-all'], tty: false } as const;
    const ran = await Promise.all(RUNTIMES.map((runtime) => runIn(runtime, { spec: { program } })));
    const here = 'was not found; install it or put it on PATH.';
    const inside =
      'was not found in the image cfn-base:local; install it there, or name another image with --image.';
    for (const [index, { record, transcript }] of ran.entries()) {
      expect(record).toMatchObject({ ending: 'failed', exitCode: null, signal: null, pid: null });
      expect(record.failure).toBe(
        `no-such-program-at-all ${RUNTIMES[index] === 'container' ? inside : here}`,
      );
      expect(transcript.map(({ text }) => text)).toEqual([record.failure]);
    }
  });
});
