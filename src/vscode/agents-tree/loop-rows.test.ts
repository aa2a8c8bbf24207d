import { describe, expect, it } from 'vitest';
import { agentView, loopView } from '../test-views.ts';
import type { Worktree } from '../../app/loop-service.ts';
import type { AgentView, LoopView } from '../../app/projections/loop-view.ts';
import { SILENT } from '../../app/projections/test-signals.ts';
import { childrenOf, type Around } from './agent-rows.ts';
import * as rows from './loop-rows.ts';

const loopRow = (view: LoopView, now: number, around: Partial<Around> = {}) =>
  rows.loopRow(view, { now, worktrees: null, shows: () => true, ...around });

const crew = [
  agentView({
    id: 'backend-1',
    state: 'working',
    iteration: 2,
    startedAt: 1000,
    worktree: '/w/backend-1',
    folder: '/s/1',
    files: [{ path: 'src/auth/jwt.ts', added: 30, removed: 2 }],
    added: 30,
    removed: 2,
  }),
  agentView({ id: 'validator-1', role: 'validator' }),
  agentView({ id: 'validator-2', role: 'validator' }),
  agentView({ id: 'product-owner', role: 'product-owner' }),
];

it('shows a loop, its agents with state, iteration and difference, and their files', () => {
  const row = loopRow(loopView({ agents: crew, iteration: 2 }), 41_000);
  expect(row.description).toBe('implementing · it 2/10');
  expect(row.children.map((child) => `${child.label}: ${child.description}`)).toEqual([
    'backend-1: working · it 2 · +30 −2',
    'Validators: 2, not reached yet',
    'product-owner: queued · it 1',
  ]);
  const [file] = row.children.flatMap(childrenOf);
  expect(file).toMatchObject({ label: 'jwt.ts', description: 'src/auth · +30 −2' });
});

it('offers by context only what can be done', () => {
  expect(loopRow(loopView(), 0).context).toBe('loop active running');
  expect(loopRow(loopView({ outcome: 'ABORT', commit: 'c' }), 0).context).toBe('loop ended hasDiff');
  expect(loopRow(loopView({ agents: crew }), 0).children[0]?.context).toBe(
    'agent implementer hasWorktree hasChanges hasFolder working started',
  );
});

it('shows a queued loop with its wait, and offers to begin it', () => {
  const row = loopRow(loopView({ iteration: 0, queuedSince: 1000, step: 'prepare' }), 131_000);
  expect(row).toMatchObject({
    description: 'queued 2 min',
    icon: { id: 'list-ordered' },
    context: 'loop active running queued',
  });
});

it('marks a loop by its outcome in words as well as by icon', () => {
  const row = loopRow(loopView({ outcome: 'EXHAUSTED', iteration: 10 }), 0);
  expect(row.icon.id).toBe('warning');
  expect(row.description).toBe('out of iterations, best one kept · it 10/10 · $0.00');
});

it('names the state of a running agent with the signal behind it, in words as well as by icon', () => {
  const row = (change: Partial<ReturnType<typeof agentView>>) =>
    loopRow(
      loopView({
        agents: [agentView({ id: 'backend-1', state: 'working', startedAt: 0, ...change })],
        iteration: 1,
      }),
      400_000,
    ).children[0];
  const facts = [{ text: 'no output', at: 40_000, age: 'for' }] as const;
  expect(row({ status: 'stuck', facts })).toMatchObject({
    description: 'stuck? 6 min · no output 6 min · it 1',
    icon: { id: 'question' },
  });
  expect(row({ status: 'quiet', statusSince: 345_000, facts })?.description).toBe('quiet · it 1');
  expect(row({ status: 'quiet', facts })?.tooltip(400_000)).toContain('no output 6:00');
});

const blankCalibration = {
  preset: 'demo',
  model: null,
  role: 'implementer',
  brier: 0.34,
  gap: 0.32,
  unjudged: 0,
} as const;

it('shows what the container of an agent uses, and says at once when it is gone', () => {
  const look = {
    name: 'cfn-agent-api-add-jwt',
    state: 'running',
    cores: 0.42,
    coreLimit: 1,
    memoryBytes: 212 * 2 ** 20,
    memoryLimitBytes: 2 ** 30,
  } as const;
  const row = (container: NonNullable<AgentView['signals']>['container']) => {
    const signals = { ...SILENT, ...(container ? { container } : {}) };
    return loopRow(
      loopView({ agents: [agentView({ id: 'api', state: 'working', startedAt: 0, signals })] }),
      0,
    ).children[0];
  };
  expect(row(look)?.description).toBe('working · it 1 · 212 MB of 1 GB · CPU 42 %');
  // Figures alone do not draw a row anew under the pointer.
  expect(row(look)?.state).toBe(row(undefined)?.state);
  expect(row(look)?.tooltip(0)).toContain('container cfn-agent-api-add-jwt: running\nmemory: 212 MB of 1 GB');
  const gone = row({ ...look, state: 'gone', cores: null, memoryBytes: null });
  expect(gone?.state).toBe('working · container: gone · it 1');
});

it('offers to answer an agent that asks, and tells what it asks', () => {
  const questions = [{ id: 'q1', at: 0, text: 'Which\n\u202eone?', choices: [] }];
  const [row] = loopRow(
    loopView({ agents: [agentView({ id: 'api', state: 'working', startedAt: 0, questions })] }),
    0,
  ).children;
  expect(row?.context.split(' ')).toContain('asks');
  expect(row?.tooltip(0)).toContain('asks: Which ·one?');
});

it('tells in the tooltip what agents like it said before, and how much of it held', () => {
  const calibration = {
    ...blankCalibration,
    runs: 10,
    held: 6,
    claimed: 0.92,
    badge: 'over-confident',
  } as const;
  const [row] = loopRow(loopView({ agents: [agentView({ id: 'api', calibration })] }), 0).children;
  expect(row?.tooltip(0)).toContain(
    'agents like it: said 0.92 on average, was right in 6 of 10: over-confident',
  );
});

describe('the worktree of an agent', () => {
  const branch = 'cfn/add-jwt-7k2m/backend-1';
  const agent = agentView({ id: 'backend-1', state: 'working', startedAt: 10, worktree: '/w/1', branch });
  const listed = (
    change: Partial<Worktree> | null,
    at = 20,
    of: AgentView = agent,
    view: Partial<LoopView> = {},
  ) => {
    const worktree: Worktree | undefined = change
      ? {
          path: '/w/1',
          branch,
          origin: 'agent',
          missing: false,
          locked: null,
          moved: null,
          portBase: null,
          ...change,
        }
      : undefined;
    return loopRow(loopView({ agents: [of], ...view }), 0, { worktrees: { at, of: () => worktree } })
      .children[0];
  };

  it('is shown with the first of the ports that are leased for it', () => {
    expect(listed({ portBase: 20_340 })?.description).toBe('working · it 1 · :20340');
    expect(listed({})?.context).toContain('ownWorktree');
  });

  it('is named as missing once git was asked and does not have it, or not its folder', () => {
    for (const row of [listed(null), listed({ missing: true })]) {
      expect(row?.description).toBe('working · worktree missing · it 1');
      expect(row?.context).not.toContain('hasWorktree');
    }
    expect(listed(null, 5)?.description).toBe('working · it 1');
  });

  it('is named as missing after its agent has ended only where git still has it, as a clean-up leaves none', () => {
    const ended = { ...agent, state: 'done', endedAt: 15 } as const;
    expect(listed({ missing: true }, 20, ended)?.description).toBe('done · worktree missing · it 1');
    expect(listed(null, 20, ended)?.description).toBe('done · it 1');
  });

  it('is named as moved, with the way to go on, also after its agent has ended', () => {
    const row = listed({ moved: { from: '/w/1', to: '/w/<b>' }, missing: true });
    expect(row?.description).toBe('working · worktree moved · it 1');
    expect(row?.context).toContain(' moved');
    expect(row?.context).not.toContain('hasWorktree');
    expect(row?.tooltip(20)).toContain('moved to /w/<b>. Repair Worktrees takes it up there.');
  });

  it('can be removed once its agent has ended, also where its folder is gone', () => {
    const ended = (state: AgentView['state'], change: Partial<Worktree> | null) =>
      listed(change, 20, { ...agent, state, endedAt: 15 })?.context;
    for (const state of ['done', 'failed', 'lost', 'cancelled'] as const)
      expect(ended(state, {})).toContain(' removable');
    expect(ended('done', { missing: true })).toContain(' removable');
    expect(ended('done', null)).not.toContain('removable');
    expect(ended('working', {})).not.toContain('removable');
    expect(ended('queued', {})).not.toContain('removable');
  });

  it('says that it was removed, what holds its content, and can be restored', () => {
    const done = { ...agent, state: 'done', endedAt: 15 } as const;
    const removed = { agentId: 'backend-1', path: '/w/<1>', commit: 'c1', ref: 'refs/cfn/rescue/x', at: 20 };
    const removedWorktrees = [removed];
    // git listed it before it was removed.
    const row = listed({}, 19, done, { removedWorktrees });
    expect(row?.description).toBe('done · worktree removed · it 1');
    expect(row?.context).toContain(' restorable');
    expect(row?.context).not.toMatch(/removable|hasWorktree|moved/);
    expect(row?.tooltip(20)).toContain(
      'Its worktree /w/<1> was removed; refs/cfn/rescue/x holds what lay in it.',
    );
    const kept = listed(null, 30, done, { removedWorktrees: [{ ...removed, ref: null }] });
    expect(kept?.description).toBe('done · worktree removed · it 1');
    expect(kept?.tooltip(20)).toContain('was removed; refs of the loop hold what lay in it.');
    // Somebody restored it in another window.
    expect(listed({}, 30, done, { removedWorktrees })?.context).toContain(' removable');
  });

  it('says who locked it, as far as the lock does', () => {
    expect(listed({ locked: 'on a stick' })?.tooltip(20)).toContain('Its worktree is locked: on a stick');
    expect(listed({ locked: '' })?.tooltip(20)).toContain('Its worktree is locked.');
    expect(listed({})?.tooltip(20)).not.toContain('locked');
  });

  it('of a validator is gone with its end, as it is a checkout that git does not list', () => {
    const validator = (endedAt: number | null) => {
      const view = loopView({
        agents: [agentView({ id: 'v', role: 'validator', worktree: '/c/1', startedAt: 1, endedAt })],
      });
      return loopRow(view, 0, { worktrees: { at: 9, of: () => undefined } }).children[0]?.children[0]
        ?.context;
    };
    expect(validator(null)).toContain('hasWorktree');
    expect(validator(5)).not.toContain('hasWorktree');
  });
});

it('shows what an agent has changed so far, while it works', () => {
  const diff = { at: 1, files: [{ path: 'a.ts', added: 3, removed: 1 }], added: 3, removed: 1 };
  const signals = { ...SILENT, diff };
  const view = loopView({ agents: [agentView({ id: 'a', state: 'working', signals })] });
  const { children } = loopRow(view, 0);
  expect(children[0]?.description).toBe('working · it 1 · +3 −1');
  expect(children.flatMap((row) => childrenOf(row)).map(({ label }) => label)).toEqual(['a.ts']);
});

it('hides agents that a filter leaves out, and counts votes all the same', () => {
  const votes = [0.9, null].map((score, index) =>
    agentView({ id: `v-${index}`, role: 'validator', state: 'done', score, status: 'done' }),
  );
  const row = loopRow(loopView({ agents: [...crew, ...votes] }), 0, { shows: ({ id }) => id === 'v-0' });
  expect(row.children.map(({ label, description }) => [label, description])).toEqual([
    ['Validators', '1 of 4 voted'],
  ]);
});
