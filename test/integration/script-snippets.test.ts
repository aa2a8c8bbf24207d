import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import { installCfnCommand } from '../../src/adapters/state/cfn-command.ts';
import { findProgram, startTestStore, type TestStore } from './store-support.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(new URL('../fixtures/scripts/snippets.md', import.meta.url), 'utf8');
const snippets = new Map(
  Array.from(page.matchAll(/```bash (\S+)\n([\s\S]*?)```/g), (found) => [found[1], found[2]] as const),
);
const missing = ['bash', 'redis-cli'].filter((program) => findProgram(program) === null);

let folder: string;
let repository: string;
let bin: string;
let store: TestStore;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-snippets-'));
  repository = join(folder, 'repository');
  mkdirSync(join(repository, 'home'), { recursive: true });
  await run('git', ['-C', repository, 'init', '-q']);
  const dist = join(folder, 'dist');
  await run(process.execPath, ['esbuild.mjs', `--outdir=${dist}`], { cwd: root });
  bin = await installCfnCommand({
    stateHome: folder,
    home: join(repository, 'home'),
    cli: join(dist, 'cli.js'),
    node: process.execPath,
    platform: process.platform,
  });
  await cfn('init', '--scripts');
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
beforeEach(async () => {
  store = await startTestStore();
  return () => store.close();
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function ended(started: Promise<{ stdout: string; stderr: string }>): Promise<Ended> {
  try {
    const { stdout, stderr } = await started;
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    return { code: Number(code), out: stdout, err: stderr };
  }
}

const environment = (more: Record<string, string> = {}): Record<string, string> => ({
  PATH: [join(repository, '.cfn/scripts'), bin, process.env['PATH'] ?? ''].join(delimiter),
  HOME: join(repository, 'home'),
  XDG_STATE_HOME: join(folder, 'state'),
  XDG_CONFIG_HOME: join(folder, 'config'),
  ...more,
});

const agent = (more: Record<string, string> = {}): Record<string, string> =>
  environment({
    CFN_REDIS_URL: store.taskUrl('t1'),
    TASK_ID: 't1',
    AGENT_ID: 'a1',
    CFN_RUN_TOKEN: 'token-of-a1',
    ...more,
  });

const cfn = (...argv: readonly string[]): Promise<Ended> =>
  ended(run(join(bin, 'cfn'), argv, { cwd: repository, env: environment() }));

const bash = (text: string, env: Record<string, string>): Promise<Ended> =>
  ended(run('bash', ['--norc', '-euc', text], { cwd: repository, env }));

function snippet(name: string): string {
  const text = snippets.get(name);
  if (text === undefined) throw new Error(`no snippet ${name}`);
  return text;
}

const ask = async (...words: readonly string[]): Promise<unknown> => {
  const client = await openRespClient({ url: store.adminUrl, deadlineMs: 2000 });
  if (!client.ok) throw new Error(client.error.message);
  const reply = await client.value.command(words);
  client.value.close();
  return reply.ok ? reply.value : reply.error.message;
};

describe.skipIf(missing.length > 0)(
  'snippets with plain redis-cli (skipped without bash and redis-cli)',
  () => {
    it('[DP-042] [DP-043] leave keys with safe defaults', async () => {
      expect(await bash(snippet('guarantees'), agent())).toEqual({
        code: 0,
        out: '[INFO] Stored ABORT to Redis (confidence: 0.0)\n',
        err: '',
      });
      expect(await ask('LRANGE', 'swarm:t1:decision', '0', '-1')).toEqual(['ABORT']);
      expect(await ask('LRANGE', 'swarm:t1:confidence:a1', '0', '-1')).toEqual(['0.0']);
    });

    it('[DP-050] wait with a default', async () => {
      const text = `${snippet('fallback')}\necho "$RESULT"`;
      await ask('LPUSH', 'swarm:t1:key', 'agreed');
      expect((await bash(text, agent())).out).toBe('swarm:t1:key\nagreed\n');
      expect(await bash(text.replace('" 60', '" 0.1'), agent())).toEqual({
        code: 0,
        out: 'default_value\n',
        err: '[WARNING] Timeout waiting for key, using default\n',
      });
    });

    it('[DP-060] [DP-061] [DP-063] chain, broadcast and mesh, which the verbs read too', async () => {
      expect((await bash(snippet('chain'), agent())).out).toBe('1\nchain:t1:agent1:complete\npayload\n');
      expect((await bash(snippet('broadcast'), agent({ AGENT_IDS: 'b c' }))).out).toBe('1\n1\n');
      await bash(snippet('mesh'), agent({ FROM_AGENT: 'x', TO_AGENT: 'a1' }));
      const read = 'cfn broadcast wait --agent-id c; cfn mesh wait --from x';
      expect(await bash(read, agent())).toEqual({ code: 0, out: 'payload\npayload\n', err: '' });
    });

    it('[DP-072] hand over', async () => {
      await bash('cfn handoff start --payload 1', agent());
      expect((await bash(snippet('handoff'), agent())).out).toBe('1\ncoord:t1:loop2:start\n1\n');
      expect(await ask('LRANGE', 'coord:t1:loop3:complete', '0', '-1')).toEqual(['a1']);
    });

    it('[SI-067] [SI-068] complete and wait for all', async () => {
      const calls = 'signal_completion t1 a1 success "{}"\nsignal_completion t1 b "" ""\n';
      const text = `${snippet('completion')}\n${calls}wait_for_loop_completion t1 2`;
      expect(await bash(text, agent())).toEqual({ code: 0, out: '', err: '' });
      const collected = await bash(snippet('consensus'), agent({ EXPECTED_AGENTS: '2' }));
      expect(JSON.parse(collected.out)).toMatchObject({ completed: 2, consensus: false });
    });

    it('[DP-111] cache, events and health', async () => {
      expect((await bash(snippet('events'), agent({ EVENT_JSON: '{}' }))).out).toBe('1\n1\n');
      expect((await bash(snippet('cache'), agent({ KEY: 't1:q', VALUE: 'v' }))).out).toBe('OK\n');
      expect(await bash(snippet('health'), agent())).toMatchObject({ code: 0, err: '' });
      const gone = agent({ CFN_REDIS_URL: 'redis://task-t1:x@127.0.0.1:1' });
      expect((await bash(snippet('health'), gone)).err).toContain('using local cache');
      await bash('redis-cli LPUSH coord:t1:complete a1:success', agent());
      await ask('LPUSH', 'coord:t2:complete', 'a1:success');
      expect((await bash(snippet('keys'), agent())).out).toBe('coord:t1:complete\n');
    });

    it('[DP-112] [X-08] a task that is done once has a lock that ends', async () => {
      const text = `${snippet('once')}\necho working`;
      const first = agent({ TIMESTAMP: '1' });
      expect((await bash(text, first)).out).toBe('1\nworking\n');
      const second = agent({ TIMESTAMP: '2', CFN_RUN_TOKEN: 'another-token' });
      expect(await bash(text, second)).toEqual({
        code: 0,
        out: '0\n[INFO] Task already in progress\n',
        err: '',
      });
      expect(await ask('TTL', 'lock:t1')).toBeGreaterThan(0);
    });

    it('leave a command line alone that names its own server, or runs outside of an agent', async () => {
      const call = (words: string, env: Record<string, string>) => bash(`redis-cli ${words}`, env);
      const url = store.taskUrl('t1');
      expect((await call(`--no-auth-warning -u ${url} ping`, environment())).out).toBe('PONG\n');
      expect((await call('-p 1 ping', agent())).err).toContain('127.0.0.1:1');
      const wrong = agent({ CFN_REDIS_URL: url.replace(/:[^:@]+@/, ':wrong@') });
      const refused = await call('GET context:t1:x', wrong);
      expect(refused.out + refused.err).toMatch(/WRONGPASS|NOAUTH/);
      const nowhere = {
        ...environment(),
        PATH: [join(repository, '.cfn/scripts'), '/nowhere'].join(delimiter),
      };
      const bare = await ended(
        run('/bin/sh', ['-c', '.cfn/scripts/redis-cli ping'], { cwd: repository, env: nowhere }),
      );
      expect(bare).toMatchObject({ code: 127, err: /redis-cli is not installed/ });
    });
  },
);

describe.skipIf(missing.includes('bash'))('snippets with scripts (skipped without bash)', () => {
  it.each(['redis-coordination', 'cfn-redis-coordination'])(
    '[X-25] [SI-039] [SI-040] [SI-041] [SI-042] [DP-073] call the store from %s',
    async (name) => {
      const call = (which: string, more: Record<string, string> = {}) =>
        bash(snippet(which).replaceAll('redis-coordination', name), agent(more));
      const list = { DELIVERABLES_JSON: '["a b", "ä\'\\"$x"]' };
      expect((await call('inject', list)).out).toContain('for 86400 s');
      expect((await call('store', list)).out).toContain('for 3600 s');
      expect(await ask('GET', 'context:t1:deliverables')).toBe(list.DELIVERABLES_JSON);
      expect(await call('send', { PAYLOAD: 'a\nb' })).toMatchObject({ code: 0 });
      expect(await ask('LRANGE', 'coord:t1:signal:agent-complete', '0', '-1')).toEqual(['a\nb']);
      await ask('LPUSH', 'coord:t1:signal:start-loop2', 'go');
      expect(await call('wait')).toEqual({ code: 0, out: 'go\n', err: '' });
      for (const id of ['a', 'b', 'c', 'd', 'e']) {
        await ask('LPUSH', 'coord:t1:complete', `${id}:success`);
        await ask('LPUSH', `swarm:t1:confidence:${id}`, '0.95');
      }
      expect(JSON.parse((await call('collect')).out)).toMatchObject({ completed: 5, consensus: true });
    },
  );

  it('[X-12] refuse a TTL that is shorter than the run', async () => {
    const env = agent({ AGENT_TIMEOUT: '7200', DELIVERABLES_JSON: '[]' });
    expect(await bash(snippet('store'), env)).toMatchObject({ code: 2, err: /7200 s/ });
    expect(await ask('EXISTS', 'context:t1:deliverables')).toBe(0);
  });

  it('are written by cfn init --scripts, all or none', async () => {
    expect(await cfn('init', '--scripts')).toMatchObject({ code: 0 });
    const script = join(repository, '.claude/skills/redis-coordination/signal.sh');
    const own = readFileSync(script, 'utf8');
    const other = join(repository, '.claude/skills/cfn-redis-coordination/signal.sh');
    rmSync(other);
    writeFileSync(script, '#!/bin/sh\necho mine\n');
    expect(await cfn('init', '--scripts')).toMatchObject({ code: 2, err: /signal\.sh exists already/ });
    expect(existsSync(other)).toBe(false);
    writeFileSync(script, own);
    chmodSync(script, 0o755);
    await cfn('init', '--scripts');
    expect(existsSync(other)).toBe(true);
  });

  it('[SI-060] [DP-094] spawn-agent.sh ends with 1 without its ids, and with an id that is none', async () => {
    const call = (words: string) =>
      bash(`./.claude/skills/cfn-agent-spawning/spawn-agent.sh ${words}`, agent());
    expect(await call('')).toEqual({ code: 1, out: '', err: '[ERROR] Agent ID required\n' });
    expect(await call('coder')).toEqual({ code: 1, out: '', err: '[ERROR] Task ID required\n' });
    expect(await call('../x t1')).toEqual({ code: 1, out: '', err: '[ERROR] Invalid agent ID format\n' });
    expect(await call('coder t1 fast')).toMatchObject({ code: 2, err: /--mode is "fast"/ });
    expect(await call('coder t1 cli nobody --prompt x')).toMatchObject({
      code: 2,
      err: /--provider is "nobody"/,
    });
    expect(await call('coder t1 --agent-id other')).toMatchObject({ code: 2, err: /given twice/ });
  });

  it('[DP-071] spawn-agent.sh in task mode prints what to ask an agent for', async () => {
    await ask('SET', 'context:t1:deliverables', '["src/a.ts"]');
    const text = './.claude/skills/cfn-agent-spawning/spawn-agent.sh coder t1 task';
    expect(await bash(text, agent())).toEqual({
      code: 0,
      out: 'Task("coder", "Deliver: [\\"src/a.ts\\"]")\n',
      err: '',
    });
  });
});
