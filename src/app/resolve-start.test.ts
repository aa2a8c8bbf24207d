import { describe, expect, it } from 'vitest';
import type { Settings } from '../protocol/settings.ts';
import type { ListedProfile } from '../ports/agent-profiles.ts';
import { crewLines } from './crew-lines.ts';
import { profileNotes } from './crew-profiles.ts';
import { namesProfiles, needsDefaultPreset, resolveStartRequest, type StartInput } from './resolve-start.ts';

const layer = (settings: Settings, origin = '--') => ({
  settings,
  label: (name: string) => `${origin}${name}`,
});
const CREW: Settings = { agents: ['demo'], validators: ['demo'], productOwner: 'demo' };

const resolve = (settings: Settings | readonly Settings[], rest: Partial<StartInput> = {}) => {
  const layers = (Array.isArray(settings) ? settings : [settings]) as readonly Settings[];
  const result = resolveStartRequest({
    folder: '/repo',
    taskId: null,
    description: 'Do it',
    requirements: [],
    acceptance: [],
    foundPresets: [],
    layers: layers.map((one, n) => layer(one, `layer ${n}: `)),
    ...rest,
  });
  return result.ok ? result.value : result.error;
};

const REVIEWER: ListedProfile = {
  id: 'reviewer',
  name: 'reviewer',
  description: '',
  provider: null,
  model: null,
  instructions: 'I review.',
  warnings: [],
  path: '/repo/.cfn/agents/reviewer.md',
  shownPath: '.cfn/agents/reviewer.md',
  origin: 'repository',
  hiddenBy: null,
};

describe('validators of another model family', () => {
  const presetsOf = (
    settings: Settings,
    signedInPresets: readonly string[],
    rest: Partial<StartInput> = {},
  ) => {
    const request = resolve(
      { mode: 'mvp', validatorFamily: 'other', ...settings },
      { signedInPresets, ...rest },
    );
    if (typeof request === 'string') throw new Error(request);
    const { crew, crewNote = null } = request;
    return [
      crewNote,
      ...crew.map(({ program }) => (program?.kind === 'preset' ? program.preset : 'command')),
    ];
  };
  const claude = { preset: 'claude' };

  it('are by the first preset that is signed in, where nothing else was said about them', () => {
    expect(presetsOf(claude, ['claude', 'codex', 'gemini'])).toEqual([
      null,
      'claude',
      'codex',
      'codex',
      'claude',
    ]);
    expect(presetsOf({ ...claude, agents: ['codex'] }, ['codex', 'claude'])).toEqual([
      null,
      'codex',
      'claude',
      'claude',
      'claude',
    ]);
    expect(presetsOf({ ...claude, validators: ['claude', 'codex'] }, ['gemini'])).toEqual([
      null,
      'claude',
      'claude',
      'codex',
      'claude',
    ]);
  });

  it('stay with the default preset where there is none, which is said', () => {
    const stay = ['claude', 'claude', 'claude', 'claude'];
    expect(presetsOf(claude, ['claude', 'opencode', 'cline'])).toEqual([
      'No agent CLI of another model family than Claude was found that is signed in, so validators without a preset of their own stay with claude.',
      ...stay,
    ]);
    expect(presetsOf({ preset: 'opencode' }, ['codex'])[0]).toMatch(
      /^The model family of the implementers is not known, so .* stay with opencode\.$/,
    );
    expect(presetsOf({ ...claude, validatorFamily: 'any' }, ['codex'])).toEqual([null, ...stay]);
  });

  it('are those with a profile that names no program, too', () => {
    const profiles = [REVIEWER];
    expect(
      presetsOf({ ...claude, validators: ['@reviewer', 'codex@reviewer'] }, ['gemini'], { profiles }),
    ).toEqual([null, 'claude', 'gemini', 'codex', 'claude']);
  });

  it('are said to be none before anything starts', () => {
    const request = resolve({ mode: 'mvp', preset: 'claude' });
    expect(typeof request === 'string' ? request : crewLines(request)).toEqual([
      'Same model family as the implementers (Claude): validator-1, validator-2.',
    ]);
  });
});

describe('a start request', () => {
  it('takes weights of validators as the rule that they are for, and refuses what they cannot weigh', () => {
    const settings = { validators: ['security=demo', 'style=demo'], weights: { security: 2 } };
    const chosen = { foundPresets: ['demo'] };
    expect(resolve(settings, chosen)).toMatchObject({
      consensusRule: 'weighted',
      crew: expect.arrayContaining([expect.objectContaining({ id: 'security', weight: 2 })]),
    });
    expect(resolve({ consensusRule: 'min' }, chosen)).toMatchObject({ consensusRule: 'min' });
    expect(resolve({ ...settings, weights: { tests: 2 } }, chosen)).toMatch(
      /names "tests", whose vote has no weight; it takes security, style\.$/,
    );
    const board = { ...settings, productOwner: ['cto=claude', 'human'], weights: { cto: 2 } };
    const alone = resolve(board, chosen);
    expect(alone).toMatchObject({
      decidedBy: 'agent',
      crew: expect.arrayContaining([
        expect.objectContaining({ id: 'cto', weight: 2 }),
        expect.objectContaining({ id: 'product-owner-2', program: null }),
      ]),
    });
    // The weights of a board say nothing of how scores are put together.
    expect(alone).not.toHaveProperty('consensusRule');
    expect(resolve({ ...settings, productOwner: ['human', 'me=human'] }, chosen)).toMatch(
      /names human 2 times/,
    );
    expect(resolve({ ...settings, consensusRule: 'mean' }, chosen)).toMatch(
      /counts under the rule weighted alone/,
    );
  });

  it('[FL-111] [X-05] [X-31] has the defaults of standard', () => {
    expect(resolve({}, { foundPresets: ['codex', 'pi'] })).toEqual({
      folder: '/repo',
      attach: [],
      taskId: null,
      description: 'Do it',
      requirements: [],
      acceptance: [],
      deliverables: [],
      priority: 'normal',
      mode: 'standard',
      gateThreshold: 0.75,
      consensusThreshold: 0.9,
      runsProofs: true,
      inspects: true,
      maxIterations: 10,
      strategy: 'race',
      parts: [],
      crew: [
        { id: 'implementer-1', role: 'implementer', program: { kind: 'preset', preset: 'codex' } },
        { id: 'validator-1', role: 'validator', program: { kind: 'preset', preset: 'codex' } },
        { id: 'validator-2', role: 'validator', program: { kind: 'preset', preset: 'codex' } },
        { id: 'validator-3', role: 'validator', program: { kind: 'preset', preset: 'codex' } },
        { id: 'product-owner', role: 'product-owner', program: { kind: 'preset', preset: 'codex' } },
      ],
      decidedBy: 'agent',
      evidence: null,
      includeDirty: false,
      totalLimitMs: null,
      idleLimitMs: 300_000,
      adversarialRate: 0.1,
      maxAgentRuns: 50,
      maxParallelAgents: null,
      budgetUsd: null,
      onBudget: 'pause',
      budgetWarning: 0.8,
      containers: {
        image: 'cfn-agent:latest',
        network: 'open',
        allow: [],
        limits: {
          memoryBytes: 1024 ** 3,
          memoryReservationBytes: 1024 ** 3 / 2,
          cpus: 1,
          pids: 512,
          tmpfsBytes: 1024 ** 3 / 2,
        },
      },
      runtime: 'process',
      permission: 'edits',
      worktreeRoot: null,
      archiveAfterDays: 30,
    });
  });

  it.each([
    ['FL-110', 'mvp', [0.7, 0.8], 4],
    ['FL-112', 'enterprise', [0.75, 0.95], 9],
  ] as const)('[%s] takes thresholds and crew of %s', (_row, mode, [gate, consensus], crew) => {
    const request = resolve({ mode, preset: 'demo' });
    expect(request).toMatchObject({ gateThreshold: gate, consensusThreshold: consensus, maxIterations: 10 });
    expect(request).toHaveProperty('crew.length', crew);
  });

  it('[X-01] replaces thresholds field by field, the strongest layer first', () => {
    const request = resolve([
      { gate: 0.85 },
      { gate: 0.1, iterations: 3 },
      { ...CREW, iterations: 4, budget: 0 },
    ]);
    expect(request).toMatchObject({
      gateThreshold: 0.85,
      maxIterations: 3,
      budgetUsd: 0,
      consensusThreshold: 0.9,
    });
  });

  it('[L-02] refuses an empty task', () => {
    for (const description of ['', '  \n\t']) {
      expect(resolve(CREW, { description })).toBe(
        'The task is empty; it takes a description of what is to be done.',
      );
    }
  });

  it('refuses ids that are dangerous or reserved', () => {
    for (const taskId of ['', '-rf', '../x', 'CON', '__proto__', 'a'.repeat(65), 'a b']) {
      expect(resolve(CREW, { taskId })).toMatch(/^--task-id is .*\.$/);
    }
  });

  it('says that no agent CLI was found, and names demo', () => {
    expect(resolve({ agents: ['demo'], validators: ['demo'] })).toMatch(/^No agent CLI was found.*demo/);
    expect(needsDefaultPreset([layer(CREW)])).toBe(false);
    expect(needsDefaultPreset([layer({ preset: 'demo' })])).toBe(false);
    expect(needsDefaultPreset([layer({ agents: ['demo'] })])).toBe(true);
  });

  it('takes a role from one layer as a whole', () => {
    const request = resolve([{ agents: ['a=demo'] }, { ...CREW, agents: ['b=demo', 'c=demo'] }]);
    expect(request).toHaveProperty('crew.length', 3);
  });

  it('counts no person among the runs of agents', () => {
    const crew = { agents: ['demo'], validators: ['demo', 'demo', 'demo'], productOwner: 'human' };
    expect(resolve({ ...crew, iterations: 20 })).toMatchObject({ decidedBy: 'person', maxAgentRuns: 80 });
  });

  it('names the place of a wrong SPEC', () => {
    expect(resolve([{}, { ...CREW, validators: ['Demo'] }])).toMatch(
      /^layer 1: validators is "Demo"; it takes/,
    );
    expect(resolve({ preset: 'No Preset' })).toMatch(/^layer 0: preset is "No Preset"; it takes/);
  });

  it('splits when there are parts, one for each implementer, else races', () => {
    const parts = [{ task: 'one' }, { task: 'two', files: ['a/**'] }];
    expect(resolve({ ...CREW, agents: ['demo', 'demo'], parts })).toMatchObject({
      strategy: 'split',
      parts: [
        { task: 'one', files: [] },
        { task: 'two', files: ['a/**'] },
      ],
    });
    expect(resolve({ ...CREW, parts })).toMatch(/^layer 0: parts has 2 entries for 1 implementers/);
    expect(resolve({ ...CREW, agents: ['demo', 'demo'], parts, strategy: 'race' })).toMatchObject({
      strategy: 'race',
      parts: [],
    });
  });

  it('gives every implementer of a split without parts the whole task', () => {
    expect(resolve({ ...CREW, agents: ['demo', 'demo'], strategy: 'split' })).toMatchObject({
      parts: [
        { task: 'Do it', files: [] },
        { task: 'Do it', files: [] },
      ],
    });
  });

  it('asks for one way to report where one is said, and refuses one that agents are left without', () => {
    expect(resolve(CREW)).not.toHaveProperty('reportBy');
    expect(resolve({ ...CREW, reportBy: 'auto', agentMcp: true })).not.toHaveProperty('agentMcp');
    expect(resolve([{ reportBy: 'auto' }, { ...CREW, reportBy: 'file' }])).not.toHaveProperty('reportBy');
    expect(resolve({ ...CREW, reportBy: 'message', agentMcp: false })).toMatchObject({
      reportBy: 'message',
      agentMcp: false,
    });
    expect(resolve([{ agentMcp: false }, { ...CREW, reportBy: 'mcp' }])).toBe(
      'layer 1: reportBy is mcp, of which layer 0: agentMcp leaves agents none; leave out one of them.',
    );
  });

  it('says plainly which runtime is not built', () => {
    expect(resolve({ ...CREW, runtime: 'queue' })).toBe(
      'layer 0: runtime queue is not built yet; it takes process or container.',
    );
  });

  it('[X-11] [SI-027] [SI-063] gives containers 1 GB and a core, 512 MB in mvp, or what was asked for', () => {
    const containers = (settings: Settings) => {
      const request = resolve({ ...CREW, runtime: 'container', ...settings });
      return typeof request === 'string' ? request : request.containers;
    };
    const MB = 1024 ** 2;
    expect(containers({})).toEqual({
      image: 'cfn-agent:latest',
      network: 'open',
      allow: [],
      limits: {
        memoryBytes: 1024 * MB,
        memoryReservationBytes: 512 * MB,
        cpus: 1,
        pids: 512,
        tmpfsBytes: 512 * MB,
      },
    });
    expect(containers({ mode: 'enterprise' })).toMatchObject({ network: 'allowlist', allow: [] });
    expect(containers({ mode: 'mvp' })).toMatchObject({ limits: { memoryBytes: 512 * MB } });
    expect(containers({ image: 'mine:1', memory: '2g', cpus: 1.5, network: 'none' })).toMatchObject({
      image: 'mine:1',
      network: 'none',
      limits: { memoryBytes: 2048 * MB, cpus: 1.5 },
    });
  });
});

describe('profiles in SPECs', () => {
  const profile = (id: string, rest: Partial<ListedProfile> = {}): ListedProfile => ({
    id,
    name: id,
    description: '',
    provider: null,
    model: null,
    instructions: `I am ${id}.`,
    warnings: [],
    path: `/repo/.cfn/agents/${id}.md`,
    shownPath: `.cfn/agents/${id}.md`,
    origin: 'repository',
    hiddenBy: null,
    ...rest,
  });
  const crew = { agents: ['api=@Coder', 'claude@coder'], validators: ['demo'], productOwner: '@po+human' };
  const profiles = [profile('coder', { model: 'opus' }), profile('coder', { hiddenBy: 'x' }), profile('po')];

  it('[SI-078] [X-25] become the crew with its programs and texts', () => {
    const resolved = resolve(crew, { profiles, foundPresets: ['codex'] });
    if (typeof resolved === 'string') throw new Error(resolved);
    const opus = { kind: 'preset', preset: 'claude', model: 'opus' };
    const text = { id: 'coder', path: '.cfn/agents/coder.md', instructions: 'I am coder.', notes: [] };
    expect(resolved.crew).toMatchObject([
      { id: 'api', program: opus, profile: text },
      { id: 'implementer-2', program: opus, profile: text },
      { id: 'validator-1', program: { kind: 'preset', preset: 'demo' } },
      { id: 'product-owner', program: { kind: 'preset', preset: 'codex' }, profile: { id: 'po' } },
    ]);
    expect(resolved.crew[2]).not.toHaveProperty('profile');
    expect(resolved.decidedBy).toBe('agent-then-person');
    expect(profileNotes(resolved.crew).map(({ text: note }) => note)).toEqual([
      'The role of api, implementer-2 is @coder, text of this repository: .cfn/agents/coder.md, 11 characters.',
      'The role of product-owner is @po, text of this repository: .cfn/agents/po.md, 8 characters.',
    ]);
  });

  it('that do not exist, are too long or run by nothing are one sentence', () => {
    expect(resolve({ ...crew, agents: ['@nobody'] }, { profiles })).toBe(
      'layer 0: agents names the profile "nobody", which does not exist; there is @coder, @po.',
    );
    const long = [profile('po', { instructions: 'x'.repeat(65_537) }), ...profiles];
    expect(resolve({ ...CREW, productOwner: '@po' }, { profiles: long, foundPresets: ['codex'] })).toBe(
      'layer 0: productOwner: the text of .cfn/agents/po.md has 65,537 characters; a profile takes 65,536.',
    );
    expect(resolve({ ...CREW, productOwner: '@po' }, { profiles })).toContain('No agent CLI was found');
  });

  it('are looked for only where a SPEC names one', () => {
    expect(namesProfiles([layer(crew)])).toBe(true);
    expect(namesProfiles([layer({ ...CREW, agents: ["x=exec:sh -c 'mail a@b'"] })])).toBe(false);
    expect(resolve(crew, { foundPresets: ['demo'] })).not.toBeTypeOf('string');
  });
});

describe('the permission to ask', () => {
  const crew = (agent: string): Settings => ({ ...CREW, agents: [agent], permission: 'ask' });

  it('takes agents by ACP, people and programs of the user', () => {
    for (const agent of ['gemini+acp', 'demo', 'exec:./agent']) {
      expect(resolve(crew(agent))).not.toBeTypeOf('string');
    }
    expect(resolve({ ...crew('gemini+acp'), productOwner: 'opencode+acp+human' })).not.toBeTypeOf('string');
  });

  it('is refused to headless agents in one sentence that names ACP', () => {
    expect(resolve(crew('codex'))).toBe(
      'permission is ask, and codex of the agent implementer-1 cannot ask a person without a terminal; take codex+acp, which asks by the Agent Client Protocol (ACP), or the permission edits.',
    );
    expect(resolve(crew('pi'))).toContain('take gemini+acp');
  });
});
