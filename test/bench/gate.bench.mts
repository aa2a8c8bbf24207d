/** What the gate's decision costs beside the evidence commands themselves: judging their reports, deciding, writing it down. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLoopStore } from '../../src/adapters/journal/loop-store.ts';
import { judgeEvidence, type CommandEvidence, type CommandReport } from '../../src/domain/evidence.ts';
import { correlationKey } from '../../src/domain/correlation.ts';
import { step, type Stamp } from '../../src/domain/loop/decide.ts';
import type { LoopState } from '../../src/domain/loop/state.ts';
import { judgement, passing, startedLoop } from '../../src/domain/loop/test-loop.ts';
import type { Journal } from '../../src/ports/journal.ts';
import { timed, type Bench, type Row } from './measure.mts';

const CHECKS = 2000;

/** A suite in which one check in a hundred fails, at the base and after. */
function suite(): CommandReport {
  const checks = Array.from({ length: CHECKS }, (_, number) => ({
    id: `test/suite-${number % 40}.test.ts > does what number ${number} says`,
    outcome: number % 100 === 0 ? ('failed' as const) : ('passed' as const),
    ...(number % 100 === 0 ? { message: `expected ${number} to be ${number + 1}` } : {}),
  }));
  // Read from text, as every report is.
  const read = JSON.parse(JSON.stringify(checks)) as typeof checks;
  return { ...byExitCode('npm test'), exitCode: 1, detailed: true, checks: read };
}

const byExitCode = (command: string): CommandReport => ({
  command,
  status: 'ended',
  exitCode: 0,
  detailed: false,
  checks: [{ id: command, outcome: 'passed' }],
  tail: '',
  durationMs: 1000,
});

function evidence(): readonly CommandEvidence[] {
  const of = (make: () => CommandReport): CommandEvidence => {
    const [base, left, restored] = [make(), make(), make()];
    return { command: base.command, base, left, restored, protectedFilesChanged: [] };
  };
  return [of(suite), of(() => byExitCode('npm run typecheck')), of(() => byExitCode('npm run lint'))];
}

/** A loop whose evidence is due. */
function atTheGate(): LoopState {
  const loop = startedLoop();
  for (let effect = loop.effects[0]; effect?.kind !== 'collect-evidence'; effect = loop.effects[0]) {
    if (!effect) throw new Error('the loop never comes to its gate');
    loop.answer(effect, { agent: passing });
  }
  if (!loop.state) throw new Error('the loop was not started');
  return loop.state;
}

const stamp: Stamp = (body, iteration) => ({
  ...body,
  taskId: 'task-001',
  iteration,
  at: 1,
  correlation: correlationKey(body.type, iteration, 1),
});

function decideGate(state: LoopState, commands: readonly CommandEvidence[]): readonly object[] {
  const verdict = judgeEvidence({ mode: 'standard', commands });
  const { status, reasons, feedback, unconfirmedFiles } = verdict;
  const facts = verdict.perCommand.flatMap(({ run, ...numbers }) =>
    run === 'base' ? [] : [{ ...numbers, run, commit: 'integrated-1' }],
  );
  const decided = step(
    state,
    {
      kind: 'report',
      report: {
        type: 'EvidenceJudged',
        iteration: 1,
        facts,
        judgement: judgement({ commit: 'integrated-1', status, reasons, feedback, unconfirmedFiles }),
      },
    },
    stamp,
  );
  if (!decided.ok) throw new Error(decided.error.message);
  if (!decided.value.events.some(({ type }) => type === 'GateChecked'))
    throw new Error('no gate was checked');
  return decided.value.events;
}

async function append(journal: Journal, events: readonly object[]): Promise<void> {
  const written = await journal.append(events);
  if (!written.ok) throw new Error(written.error.message);
}

async function measured(journal: Journal, samples: number): Promise<Row> {
  const state = atTheGate();
  const ours: number[] = [];
  const alone: number[] = [];
  for (let round = 0; round < samples; round += 1) {
    const commands = evidence();
    let events: readonly object[] = [];
    ours.push(
      await timed(async () => {
        events = decideGate(state, commands);
        await append(journal, events);
      }),
    );
    alone.push(await timed(() => append(journal, events)));
  }
  return {
    id: 'gate-decision',
    title: `the gate’s decision on a suite of ${CHECKS.toLocaleString('en')} checks, a type check and a lint, from their reports to the verdict on disk`,
    unit: 'ms',
    samples: ours,
    limit: { title: 'the same events written to the journal alone', samples: alone },
    target: { kind: 'at-most', value: 5 },
    note: 'beside the commands; the reports of three runs of each are compared check by check',
  };
}

export const gate: Bench = {
  id: 'gate',
  title: 'The gate',
  async run({ short }) {
    const folder = await mkdtemp(join(tmpdir(), 'cfn-bench-gate-'));
    const store = createLoopStore({ stateFolder: folder });
    try {
      const holder = await store.hold('task-001', () => Promise.resolve(null));
      if (!holder.ok) throw new Error('the loop cannot be held');
      const journal = await store.open('task-001', holder.value.epoch);
      if (!journal.ok) throw new Error(journal.error.message);
      try {
        return [await measured(journal.value, short ? 5 : 60)];
      } finally {
        await journal.value.close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};
