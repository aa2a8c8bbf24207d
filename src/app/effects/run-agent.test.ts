import { describe, expect, it } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { err, ok } from '../../base/result.ts';
import type { Report } from '../../domain/loop/commands.ts';
import { implementer, passing, startedLoop, testConfig, type TestLoop } from '../../domain/loop/test-loop.ts';
import type { Role } from '../../domain/loop/model.ts';
import type { SlotRequest, SlotWait } from '../../ports/agent-slots.ts';
import type { AttemptSpec, ResultRecord } from '../../protocol/attempt.ts';
import { DETACHED, type LoopScope } from '../loop-deps.ts';
import { OutsideWatch } from '../outside-watch.ts';
import { runAgent } from './run-agent.ts';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silent,
};

const recordOf = (change: Partial<ResultRecord> = {}): ResultRecord =>
  ({
    pid: 7,
    ending: 'completed',
    lingered: false,
    exitCode: 0,
    result: implementer(0.9).result,
    resultError: null,
    failure: null,
    usage: null,
    costUsd: 0.5,
    sessionId: 's1',
    ...change,
  }) as ResultRecord;

interface Bench {
  readonly records: Readonly<Record<string, ResultRecord | 'lost'>>;
  /** Called where the harness waits for the agent's process. */
  readonly onWait?: () => void;
  /** Writes the attempt's files. */
  readonly prepare?: () => Promise<void>;
  readonly asked?: string[];
}

/** The ports that one attempt uses, with a memory of what they were asked. */
function bench({ records, onWait, prepare = () => Promise.resolve(), asked = [] }: Bench) {
  const launched: AttemptSpec[] = [];
  let signalOfWork: AbortSignal | null = null;
  const folderOf = ({ agentId, attempt, repair }: { agentId: string; attempt: number; repair: boolean }) =>
    `/f/${agentId}/${attempt}${repair ? '/repair' : ''}`;
  const scope = {
    config: testConfig,
    lostWorktrees: new Set(),
    placed: new Map(),
    saidOfNodes: new Set(),
    clock: systemClock,
    dayBudget: {
      reserve: () =>
        Promise.resolve({
          started: () => Promise.resolve(),
          settle: () => Promise.resolve(),
          drop: () => Promise.resolve(),
        }),
    },
    agentAccount: () => Promise.resolve(null),
    agentSlots: {
      acquire: (request: SlotRequest, onWait: (wait: SlotWait) => void) => {
        asked.push(`slot ${request.folder}`);
        onWait({ limit: 2, running: 2, ahead: 1 });
        return Promise.resolve({
          tell: () => Promise.resolve(),
          ready: () => Promise.resolve(),
          release: () => Promise.resolve(void asked.push('release')),
          leave: () => Promise.resolve(void asked.push('leave')),
        });
      },
    },
    logger: silent,
    ids: { token: () => `token${String(asked.push('token'))}0000000000` },
    folders: {
      folder: folderOf,
      started: (folder: string) =>
        Promise.resolve(launched.some((spec) => folder === `/f/${spec.agentId}/x`)),
      spec: () => Promise.resolve(null),
      prepare,
      transcriptTail: () => Promise.resolve('the end'),
      transcript: () => Promise.resolve([{ at: 1, stream: 'agent', kind: 'tool', text: 'Read /c/src/a.ts' }]),
      keep: (_folder: string, name: string, text: string) =>
        Promise.resolve(void asked.push(`keep ${name}: ${text.trim()}`)),
    },
    ledger: { record: () => Promise.resolve(), entries: () => Promise.resolve([]) },
    coordination: { credential: () => Promise.resolve(ok({ url: 'redis://u:p@127.0.0.1:1' })) },
    evidenceRunner: {
      furnish: ({ path, commit }: { path: string; commit: string }) => {
        asked.push(`furnish ${path} ${commit}`);
        return Promise.resolve(err({ kind: 'prepare-failed', message: 'no network', log: '' }));
      },
    },
    portLeases: { lease: () => Promise.resolve(ok([])) },
    agentEnvironment: () => Promise.resolve({}),
    runtimes: {
      process: {
        launch: ({ spec }: { spec: AttemptSpec }) => {
          launched.push(spec);
          return Promise.resolve(ok({ pid: 7 }));
        },
      },
    },
    watch: {
      watchState: () => ({ dispose: () => undefined }),
      agentStart: (_folder: string, signal: AbortSignal) => {
        signalOfWork = signal;
        onWait?.();
        return signal.aborted ? Promise.reject(signal.reason as Error) : Promise.resolve({ pid: 7 });
      },
      awaitRecord: (folder: string, signal: AbortSignal) =>
        signal.aborted && signal === signalOfWork
          ? Promise.reject(signal.reason as Error)
          : Promise.resolve(records[folder] ?? recordOf({ ending: 'cancelled', result: null })),
      cancel: (folder: string) => Promise.resolve(void asked.push(`cancel ${folder}`)),
      reap: (folder: string) => Promise.resolve(void asked.push(`reap ${folder}`)),
    },
    repository: {
      facts: { id: 'repo' },
      diff: () => Promise.resolve(ok({ text: '+1', truncated: false })),
      changes: () => Promise.resolve(ok([{ status: 'modified', path: 'src/a.ts' }])),
    },
    task: {
      worktree: () => Promise.resolve(ok({ path: '/w', branch: 'cfn/task-001/a', needsSetup: false })),
      checkout: (commit: string, label: string) => {
        asked.push(`checkout ${commit} ${label}`);
        return Promise.resolve(ok({ path: `/c/${label}`, commit }));
      },
      checkoutChanges: () => Promise.resolve(ok([{ status: 'modified', path: 'src/a.ts' }])),
      discard: ({ path }: { path: string }) => Promise.resolve(void asked.push(`discard ${path}`)),
      commitAttempt: () =>
        Promise.resolve(
          ok({
            commit: 'c9',
            files: [{ path: 'a.ts', added: 1, removed: 0, status: 'modified' }],
            leftOut: [],
          }),
        ),
    },
  } as unknown as LoopScope;
  return { scope, launched, asked };
}

/** A loop whose next effect runs an agent of this role. */
function dueFor(role: Role) {
  const loop: TestLoop = startedLoop();
  for (let due = loop.effects[0]; due; due = loop.effects[0]) {
    if (due.kind === 'run-agent' && due.role === role) return { loop, effect: due };
    loop.answer(due, { agent: passing });
  }
  throw new Error(`No ${role} became due`);
}

async function run(role: Role, options: Bench, controller = new AbortController()) {
  const { loop, effect } = dueFor(role);
  const made = bench(options);
  const reports: Report[] = [];
  const said: (string | null)[] = [];
  const outside = new OutsideWatch(made.scope.repository, null, () => []);
  const context = {
    state: () => {
      if (!loop.state) throw new Error('not started');
      return loop.state;
    },
    report: (report: Report) => {
      reports.push(report);
      loop.report(report);
      return Promise.resolve();
    },
    signal: controller.signal,
    progress: (text: string | null) => void said.push(text),
    hold: () => undefined,
  };
  await runAgent(made.scope, effect, context, outside);
  const exit = reports.flatMap((report) => (report.type === 'AgentExited' ? [report.exit] : [])).at(-1);
  return { ...made, reports, loop, exit, said };
}

describe('one attempt', () => {
  it('is launched, announced, committed and reported', async () => {
    const { reports, exit, launched } = await run('implementer', {
      records: { '/f/implementer-1/1': recordOf() },
    });
    expect(reports.map((report) => report.type)).toEqual(['AgentStarted', 'AgentExited']);
    expect(exit).toMatchObject({
      ending: 'completed',
      commit: 'c9',
      files: [{ path: 'a.ts' }],
      costUsd: 0.5,
    });
    expect(launched).toMatchObject([{ role: 'implementer', attempt: 1, repair: null }]);
  });

  it('that was started just as it was called off is announced, ended and reported, not forgotten', async () => {
    const controller = new AbortController();
    const options = { records: {}, onWait: () => controller.abort(new Error('no longer due')) };
    const { reports, exit, asked } = await run('implementer', options, controller);
    expect(reports.map((report) => report.type)).toEqual(['AgentStarted', 'AgentExited']);
    expect(asked).toContain('cancel /f/implementer-1/1');
    expect(exit).toMatchObject({ ending: 'cancelled', result: null });
  });

  it('that did not come to its start, for a full disk, leaves no checkout', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const asked: string[] = [];
    const options = { records: {}, asked, prepare: () => Promise.reject(full) };
    await expect(run('validator', options)).rejects.toBe(full);
    expect(asked).toContain('discard /c/1-validator-1-1');
  });

  it('is left alone when its loop is let go of', async () => {
    const controller = new AbortController();
    const options = { records: {}, onWait: () => controller.abort(DETACHED) };
    const { exit, asked } = await run('implementer', options, controller);
    expect(exit).toBeUndefined();
    expect(asked.filter((what) => what.startsWith('cancel'))).toEqual([]);
    expect(asked.at(-1)).toBe('leave');
  });

  it('waits for a slot of the machine before anything is made, says so, and gives it back at its end', async () => {
    const { asked, said } = await run('implementer', { records: { '/f/implementer-1/1': recordOf() } });
    expect(asked[0]).toBe('slot /f/implementer-1/1');
    expect(asked.at(-1)).toBe('release');
    expect(said.slice(0, 2)).toEqual([
      'implementer-1 waits for a slot: 2 of 2 agents run on this machine, 1 ahead',
      null,
    ]);
  });

  it('of a validator finds its checkout set up, also where that failed; a product owner needs none', async () => {
    const judged = async (role: 'validator' | 'product-owner') => {
      const { asked, launched, exit } = await run(role, { records: {} });
      expect([launched.length, exit?.role]).toEqual([1, role]);
      return asked.filter((what) => what.startsWith('furnish'));
    };
    expect(await judged('validator')).toEqual(['furnish /c/1-validator-1-1 integrated-1']);
    expect(await judged('product-owner')).toEqual([]);
  });

  it('of a validator leaves what it wrote as a note beside the transcript, and nothing else', async () => {
    const record = recordOf({
      result: { role: 'validator', score: 1, findings: [], confirmed: [] },
      startedAt: 1_000,
      endedAt: 31_000,
    });
    const { exit, asked } = await run('validator', { records: { '/f/validator-1/1': record } });
    expect(exit).toMatchObject({ commit: null, files: [] });
    expect(exit?.looked).toEqual({ files: 1, other: 0, ms: 30_000, said: null });
    expect(asked).toContain('keep written-in-checkout.txt: modified src/a.ts');
    expect(asked).toContain('discard /c/1-validator-1-1');
  });
});

describe('the repair round', () => {
  const broken = recordOf({ result: null, resultError: 'no block', costUsd: 0.5 });

  it('is one run of the same attempt: new nonce, 120 s, a copy of its commit that is dropped', async () => {
    const { exit, launched, asked, reports } = await run('implementer', {
      records: { '/f/implementer-1/1': broken, '/f/implementer-1/1/repair': recordOf({ costUsd: 0.25 }) },
    });
    const [first, repair] = launched;
    expect(repair).toMatchObject({
      attempt: 1,
      repair: { error: 'no block', sessionId: 's1' },
      limits: { totalMs: 120_000 },
      cwd: '/c/1-implementer-1-1-repair',
    });
    expect(repair?.nonce).not.toBe(first?.nonce);
    expect(asked).toContain('checkout c9 1-implementer-1-1-repair');
    expect(asked).toContain('discard /c/1-implementer-1-1-repair');
    expect(reports.filter((report) => report.type === 'AgentStarted')).toHaveLength(1);
    expect(exit).toMatchObject({
      commit: 'c9',
      result: { confidence: 0.9 },
      resultError: null,
      costUsd: 0.75,
    });
  });

  it('that helps no more is no vote, and there is no second one', async () => {
    const { exit, launched } = await run('implementer', {
      records: { '/f/implementer-1/1': broken, '/f/implementer-1/1/repair': broken },
    });
    expect(launched).toHaveLength(2);
    expect(exit).toMatchObject({ ending: 'completed', result: null, resultError: 'no block', costUsd: 1 });
  });

  it.each(['failed', 'timeout', 'idle', 'oom', 'lost'] as const)(
    'does not follow the ending %s',
    async (ending) => {
      const record = ending === 'lost' ? 'lost' : recordOf({ ending, result: null });
      const { launched, exit } = await run('implementer', { records: { '/f/implementer-1/1': record } });
      expect(launched).toHaveLength(1);
      expect(exit?.ending).toBe(ending);
    },
  );
});
