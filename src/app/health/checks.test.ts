import { describe, expect, it } from 'vitest';
import { err, ok } from '../../base/result.ts';
import { portsAt } from '../../domain/worktree/ports.ts';
import type { ListedContainer } from '../../ports/container-engine.ts';
import type { StoreLook } from '../../ports/health-probes.ts';
import { deadLeases, type HealthFacts } from './health-facts.ts';
import { toReport, type HealthCheck } from './health-report.ts';
import { machineChecks } from './machine-checks.ts';
import { repositoryChecks } from './repository-checks.ts';
import { serviceChecks } from './service-checks.ts';
import type { WorktreeFault } from '../worktree-care.ts';
import { healthyFacts, loopFact } from './test-facts.ts';

const all = (change: Partial<HealthFacts> = {}): readonly HealthCheck[] => {
  const facts = healthyFacts(change);
  return [...machineChecks(facts), ...repositoryChecks(facts), ...serviceChecks(facts)];
};
const check = (id: string, change: Partial<HealthFacts> = {}): HealthCheck => {
  const found = all(change).find((one) => one.id === id);
  if (!found) throw new Error(`There is no check ${id}`);
  return found;
};
const answering: StoreLook = {
  kind: 'answers',
  latencyMs: 0.2,
  port: 4000,
  pid: 9,
  clients: 2,
  keys: 5,
  behind: null,
  guarded: true,
};
const NO_SERVICES = { image: null, composed: false, services: ok([]) };
const silent: StoreLook = { kind: 'silent', port: 4000, message: 'no answer within 2000 ms' };
const finished = loopFact({ taskId: 'old', state: 'finished', holder: { pid: 7, state: 'released' } });

describe('the doctor', () => {
  it('finds nothing to do on a machine on which all is well', () => {
    const report = toReport(all());
    expect(report).toMatchObject({ errors: 0, warnings: 0 });
    expect(new Set(report.checks.map(({ id }) => id)).size).toBe(report.checks.length);
    for (const { title, meaning, detail } of report.checks) {
      expect([title, meaning, detail].every((text) => text.length > 1)).toBe(true);
    }
  });

  it('[SI-123] counts a silent store, a closed database and a service that does not run', () => {
    const report = toReport(
      all({
        store: { kind: 'ended', port: 4000 },
        index: { kind: 'unreadable', message: 'file is not a database' },
        loops: [loopFact(), loopFact({ taskId: 'gone', holder: { pid: 8, state: 'gone' } })],
      }),
    );
    expect(report.errors).toBe(4);
    expect(report.checks.filter(({ state }) => state === 'error').map(({ detail }) => detail)).toEqual([
      '[ERROR] Database not accessible: file is not a database',
      '[ERROR] Redis not responding: none runs, but a loop does',
      '[ERROR] Service orchestrator not running: the process of gone was killed',
      '[ERROR] Service redis not running',
    ]);
  });

  it.each([
    ['22.0.0', 'ok'],
    ['20.19.1', 'warning'],
    ['18.20.0', 'error'],
  ])('takes Node %s for %s', (node, state) => {
    expect(check('node', { node }).state).toBe(state);
  });

  it('says what is wrong with git, a repository, settings and programs in their own words', () => {
    expect(check('git', { git: err('git is 2.30, too old.') })).toMatchObject({ state: 'error' });
    const repository = { kind: 'unusable', message: '/r is a bare repository.' } as const;
    expect(check('repository', { repository })).toMatchObject({ state: 'error', detail: repository.message });
    const nowhere = { kind: 'none', message: '/tmp is not in a git repository.' } as const;
    expect(check('repository', { repository: nowhere }).state).toBe('skipped');
    const settings = {
      problem: '.cfn/config.json: gate is 7; it takes a number from 0 to 1.',
      runtime: null,
    };
    expect(check('settings', { settings })).toMatchObject({ state: 'error', detail: settings.problem });
    const programs = [{ path: '/dist/runner.js', found: false }];
    expect(check('programs', { programs })).toMatchObject({
      state: 'error',
      detail: 'Missing: /dist/runner.js',
    });
  });

  it('warns of a half-done merge, of submodules that are not there, of a state folder for others and of a full disk', () => {
    const base = healthyFacts();
    if (base.repository.kind !== 'usable') throw new Error('The repository is usable');
    const repository = { ...base.repository, operation: 'rebase' };
    expect(check('repository', { repository }).detail).toContain('in the middle of a rebase');
    const without = { ...base.repository, absentSubmodules: ['vendor/lib'] };
    expect(check('repository', { repository: without })).toMatchObject({
      state: 'warning',
      advice: [expect.stringContaining('the submodule "vendor/lib" are not in your checkout')],
    });
    const open = { ...base.stateFolder, mode: 0o755 };
    expect(check('state-folder', { stateFolder: open })).toMatchObject({
      state: 'warning',
      advice: ['chmod 700 /state/cfn/id'],
    });
    expect(check('state-folder', { stateFolder: { ...base.stateFolder, writable: false } }).state).toBe(
      'error',
    );
    expect(check('disk', { stateFolder: { ...base.stateFolder, freeBytes: 5e8 } }).state).toBe('warning');
    expect(check('disk', { stateFolder: { ...base.stateFolder, freeBytes: 5e7 } }).state).toBe('error');
  });

  it('names damaged journals, and offers to make a missing index again', () => {
    const loops = [loopFact({ damage: 'line 3 is damaged' }), finished];
    expect(check('journals', { loops })).toMatchObject({
      state: 'error',
      detail: 'fix-login: line 3 is damaged',
    });
    expect(check('index', { loops: [finished] })).toMatchObject({ state: 'warning', fix: 'rebuild-index' });
    // The loop that runs writes it at its end.
    expect(check('index', { loops: [loopFact()] }).state).toBe('ok');
  });

  it('[SI-124] leads from a refused connection over the process and the network to the agent', () => {
    const refused = check('store', { store: silent });
    expect(refused).toMatchObject({ state: 'error', fix: 'start-store' });
    expect(refused.detail).toBe('[ERROR] Redis not responding: no answer within 2000 ms');
    expect(refused.advice.slice(0, 3).map((line) => line.split(':')[0])).toEqual([
      'Does it run',
      'Can it be reached',
      'Does it answer an agent',
    ]);
    expect(refused.advice[1]).toContain('127.0.0.1:4000');
    expect(check('store').state).toBe('skipped');
    expect(check('store', { store: answering }).detail).toContain('PONG in 0.2 ms');
    expect(check('store', { store: { ...answering, guarded: false } }).state).toBe('warning');
  });

  it('[SI-125] leads from a failed start over program and place to the environment', () => {
    const failedStarts = [{ agentId: 'worker', failure: 'nope was not found on PATH', folder: '/f' }];
    const spawns = check('spawns', { loops: [loopFact({ failedStarts })] });
    expect(spawns).toMatchObject({ state: 'warning' });
    expect(spawns.detail).toContain('worker of fix-login: nope was not found on PATH');
    expect(spawns.advice.map((line) => line.split(':')[0])).toEqual([
      'Program',
      'Place',
      'Environment',
      'Words',
    ]);
    expect(spawns.advice[2]).toMatch(/AGENT_ID.*TASK_ID.*MODE/);
    const later = Array.from({ length: 3 }, (_, index) => loopFact({ taskId: `t${index}`, updatedAt: 9 }));
    expect(check('spawns', { loops: [loopFact({ failedStarts }), ...later] }).state).toBe('ok');
  });

  it('[SI-126] [X-18] names who has a port, and ends and removes nothing of others', () => {
    const listener = { port: 4000, address: '127.0.0.1', pid: 77, program: 'redis-server' };
    const ports = check('ports', { store: silent, listeners: ok([listener]) });
    expect(ports).toMatchObject({ state: 'error', fix: null });
    expect(ports.detail).toContain('127.0.0.1:4000 redis-server (77)');
    expect(ports.advice[0]).toBe(
      'End redis-server (process 77) if it is yours and not needed, or give it another port.',
    );
    expect(JSON.stringify(all({ store: silent }))).not.toContain('prune');
    const foreign = { ...listener, pid: null, program: null };
    expect(check('ports', { store: silent, listeners: ok([foreign]) }).advice[0]).toContain('another user');
    expect(check('ports', { store: answering, listeners: ok([listener]) }).state).toBe('ok');
    expect(check('ports', { listeners: err('netstat did not answer') }).state).toBe('warning');
  });

  it('says who a loop waits for when its process is gone, and when it was let go', () => {
    const killed = check('service-orchestrator', {
      loops: [loopFact({ holder: { pid: 8, state: 'gone' } })],
    });
    expect(killed).toMatchObject({ state: 'error', advice: ['cfn resume fix-login'] });
    const released = { pid: 8, state: 'released' } as const;
    expect(check('service-orchestrator', { loops: [loopFact({ holder: released })] })).toMatchObject({
      state: 'ok',
      detail: 'let go, nobody runs fix-login',
    });
    expect(check('service-orchestrator', { loops: [finished] }).state).toBe('skipped');
  });

  it('[SI-125] names the container engine, and misses it only where the settings ask for containers', () => {
    expect(check('docker')).toMatchObject({
      state: 'skipped',
      detail: 'not used: No container engine was found.',
    });
    expect(check('docker', { settings: { problem: null, runtime: 'container' } }).state).toBe('error');
    const engine = ok({
      address: { source: 'socket' as const, host: 'unix:///var/run/docker.sock' },
      version: '28.2.2',
      apiVersion: '1.50',
      flavour: 'docker' as const,
      platform: 'linux/amd64',
      cpus: 2,
      memoryBytes: 8e9,
      local: true,
    });
    expect(check('docker', { engine })).toMatchObject({
      state: 'ok',
      detail: 'docker 28.2.2 at unix:///var/run/docker.sock (2 cores, 8.0 GB)',
    });
  });

  it('[SI-125] misses the image only where agents are to run in containers, and says how to build it', () => {
    const containers = (there: boolean) => ({
      containers: { ...NO_SERVICES, image: { name: 'cfn-agent:latest', there: ok(there) } },
    });
    expect(check('image').state).toBe('skipped');
    expect(check('image', { containers: NO_SERVICES }).state).toBe('skipped');
    expect(check('image', containers(true))).toMatchObject({ state: 'ok', detail: 'cfn-agent:latest' });
    expect(check('image', containers(false))).toMatchObject({
      state: 'error',
      detail: expect.stringContaining('no image cfn-agent:latest'),
      advice: [expect.stringContaining('cfn image build'), expect.any(String)],
    });
    expect(check('docker', { codePlace: 'container' })).toMatchObject({
      state: 'error',
      advice: [expect.any(String), expect.stringContaining('cfn init --code machine')],
    });
  });

  it('[SI-123] [SI-124] counts services of Compose that do not run, and a redis that answers no ping', () => {
    const service = (name: string, state: string, isHealthy: boolean | null = null): ListedContainer => ({
      id: name,
      name: `p_${name}_1`,
      state,
      isHealthy,
      labels: { 'com.docker.compose.service': name },
    });
    const once = { ...service('job', 'exited'), labels: { 'com.docker.compose.oneoff': 'True' } };
    const services = (...listed: readonly ListedContainer[]) => ({
      containers: { image: null, composed: true, services: ok(listed) },
    });
    expect(check('compose').state).toBe('skipped');
    expect(check('compose', services(once))).toMatchObject({
      state: 'skipped',
      detail: 'not started; docker compose up -d starts them',
    });
    const some = services(service('postgres', 'exited'), service('redis', 'running', true));
    expect(check('compose-redis', some)).toMatchObject({ state: 'ok', detail: 'running, healthy' });
    expect(check('compose-postgres', some)).toMatchObject({
      state: 'error',
      detail: '[ERROR] Service postgres not running: it is exited',
      advice: ['See what it says: docker compose logs postgres', expect.stringContaining('up -d postgres')],
    });
    expect(toReport(all(some)).errors).toBe(1);
    expect(check('compose-redis', services(service('redis', 'running', false)))).toMatchObject({
      state: 'error',
      detail: '[ERROR] Redis not responding: it runs and answers no ping',
    });
    expect(check('compose-web', services(service('web', 'running', false))).state).toBe('warning');
  });

  it('tells agents with their sign-in as far as it shows', () => {
    expect(check('agents').detail).toBe('claude 2.1.8 (signed in)');
    expect(check('agents', { agents: ok([]) })).toMatchObject({ state: 'warning' });
    expect(check('agents', { agents: err('no core') }).state).toBe('error');
  });

  it('warns of an agent in a version that was not verified, and says how to look closer', () => {
    const facts = healthyFacts().agents;
    const [claude] = facts.ok ? facts.value : [];
    if (claude === undefined) throw new Error('The healthy machine has no agent.');
    const withVersion = (version: string | null) =>
      check('agents', { agents: ok([{ ...claude, agent: { ...claude.agent, version } }]) });
    expect(withVersion('2.1.9').state).toBe('ok');
    expect(withVersion(null).state).toBe('ok');
    expect(withVersion('2.2.0')).toMatchObject({
      state: 'warning',
      advice: [
        expect.stringMatching(
          /^claude 2\.2\.0 was not verified, 2\.1\.0 to 2\.1\.9 was; cfn agents --verify claude /,
        ),
      ],
    });
  });

  it('finds locks without an end and agents that outlive their loop', () => {
    const lock = { name: 'lock:db', type: 'string', ttlSeconds: null };
    expect(check('locks', { store: answering, locks: ok([lock]) })).toMatchObject({
      state: 'warning',
      advice: ['cfn lock release --key db'],
    });
    expect(check('locks', { store: answering, locks: ok([{ ...lock, ttlSeconds: 9 }]) }).detail).toBe(
      'lock:db (9 s left)',
    );
    const entry = { kind: 'attempt', id: 'a', taskId: 'old', folder: '/f', runToken: 't' } as const;
    expect(check('leftovers', { loops: [finished], ledger: [{ entry, alive: true }] })).toMatchObject({
      state: 'warning',
      detail: '1 agent of an ended loop still runs; of ended loops: 1 attempt',
    });
    expect(check('leftovers', { loops: [finished], ledger: [{ entry, alive: false }] }).state).toBe('ok');
  });

  it('names worktrees that are not where they should be, with a way on, and leaves a lock to who set it', () => {
    const fault = (condition: WorktreeFault['condition'], repair: WorktreeFault['repair'] = null) => ({
      taskId: 'old',
      agentId: 'a',
      path: '/w/a',
      condition,
      repair,
      text: `a of old: ${condition.kind}`,
    });
    const locked = fault({ kind: 'locked', reason: 'mine', there: true });
    const away = fault({ kind: 'locked', reason: '', there: false });
    const moved = fault({ kind: 'moved', to: '/b' }, 'take up');
    expect(check('worktrees', {}).state).toBe('skipped');
    expect(check('worktrees', { worktrees: ok([]) }).state).toBe('ok');
    expect(check('worktrees', { worktrees: ok([locked]) })).toMatchObject({
      state: 'ok',
      detail: 'a of old: locked',
      fix: null,
    });
    expect(check('worktrees', { worktrees: ok([locked, away]) })).toMatchObject({
      state: 'warning',
      advice: ['Bring the folder back, or run git worktree unlock /w/a.'],
      fix: null,
    });
    expect(check('worktrees', { worktrees: ok([locked, moved, moved]) })).toMatchObject({
      state: 'warning',
      detail: 'a of old: moved; a of old: moved',
      advice: ['cfn doctor --fix goes on where it is now; git worktree move brings it back.'],
      fix: 'repair-worktrees',
    });
    expect(check('worktrees', { worktrees: ok([fault({ kind: 'missing' })]) }).fix).toBeNull();
    expect(check('worktrees', { worktrees: err('no git') }).detail).toBe('could not be looked at: no git');
  });
});

describe('dead port leases', () => {
  const lease = (branch: string, offset: number) => ({ ...portsAt(offset), branch });
  const leases = [
    lease('cfn/old/a', 1),
    lease('cfn/fix-login/a', 2),
    lease('cfn/old/b', 3),
    lease('mine', 4),
  ];
  const loops = [finished, loopFact()];

  it('are those of ended loops on whose ports nobody listens', () => {
    const listener = { port: portsAt(3).base + 5, address: '0.0.0.0', pid: 5, program: 'node' };
    const dead = deadLeases({ leases, loops, listeners: ok([listener]) });
    expect(dead.map(({ branch }) => branch)).toEqual(['cfn/old/a']);
  });

  it('are none while it can not be seen who listens', () => {
    expect(deadLeases({ leases, loops, listeners: err('netstat did not answer') })).toEqual([]);
  });

  it('are offered for release', () => {
    expect(check('leases', { leases, loops })).toMatchObject({ state: 'ok', fix: 'release-leases' });
  });
});
