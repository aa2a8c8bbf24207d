/** An engine that is reached by the system's ssh. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createContainerEngine } from '../../src/adapters/docker/container-engine.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import { sharedEngine } from '../support/docker-engine.ts';
import { startSshd, whyNoSshd } from '../support/own-sshd.ts';
import { plainContainer } from '../support/plain-container.ts';
import { CREW, GOOD, last, LoopBench, removePrograms, SUM_FIXED, SUM_REPOSITORY } from './loop/fixture.ts';

const shared = await sharedEngine('engines over ssh');
const lacking = await whyNoSshd();
if (lacking !== null) process.stderr.write(`[skipped] engines over ssh: ${lacking}\n`);
const sshd = shared && lacking === null ? await startSshd({ DOCKER_HOST: shared.host }) : null;
const host = `ssh://${sshd?.user}@127.0.0.1:${sshd?.port}`;
const never = new AbortController().signal;
const mine = { [LABELS.owner]: 'engine-over-ssh-test', [LABELS.run]: `over-ssh-${process.pid}` };
const open = (path = '') => createContainerEngine({ source: 'DOCKER_HOST', host: `${host}/${path}` });

beforeEach(() => vi.stubEnv('PATH', sshd?.path));
afterEach(async () => {
  await sshd?.knowHost('its key');
  vi.unstubAllEnvs();
});
afterAll(async () => {
  await sshd?.stop();
  await removePrograms();
});

describe.skipIf(sshd === null)('an engine over ssh', () => {
  it('has a container that works in copies, is spoken with, and is ended', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cfn-over-ssh-'));
    const tree = join(folder, 'tree');
    mkdirSync(tree);
    writeFileSync(join(tree, 'large'), 'x'.repeat(3_000_000));
    let said = '';
    const started = await open().start(
      plainContainer({
        name: 'engine-over-ssh-test',
        argv: ['sh', '-c', 'read line; echo "heard $line"; cp large copy; cat large >&2; wc -c <copy'],
        cwd: tree,
        exchange: tree,
        mounts: [{ source: tree, target: tree, readonly: false, owned: true }],
        labels: mine,
        talks: true,
        onOutput: (stream, chunk) => (said += stream === 'stdout' ? chunk.toString() : ''),
      }),
      never,
    );
    if (!started.ok) throw new Error(started.error.message);
    started.value.stdin?.write('hello\n');
    expect(await started.value.exited).toMatchObject({ kind: 'exited', code: 0 });
    await started.value.closed;
    expect(said).toBe('heard hello\n3000000\n');
    expect(await started.value.remove()).toBe(true);
    expect(readFileSync(join(tree, 'copy'), 'utf8')).toHaveLength(3_000_000);
    expect(await open().list(mine, never)).toEqual({ ok: true, value: [] });
    rmSync(folder, { recursive: true });
  });

  it.each(['nothing', 'another key'] as const)('is not asked where %s is known of its host', async (what) => {
    await sshd?.knowHost(what);
    // Under a name of its own: connections that are open stay so.
    const facts = await open(encodeURIComponent(what)).facts(never);
    expect(facts).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
    expect(facts.ok ? '' : facts.error.message).toContain('Host key verification failed');
  });

  it('goes from the task to PROCEED', async () => {
    const bench = await new LoopBench().create({
      ...SUM_REPOSITORY,
      'crew.mjs': readFileSync(CREW, 'utf8'),
      'scenario.json': JSON.stringify({
        ...GOOD,
        implementer: [{ write: { 'src/sum.js': SUM_FIXED }, report: { confidence: 0.93, summary: 'adds' } }],
      }),
    });
    Object.assign(bench.env, { DOCKER_HOST: host, PATH: sshd?.path, CFN_LOG: 'ERROR' });
    const spec = 'exec:node crew.mjs scenario.json';
    const words =
      'run --json --task-id sum --mode mvp --runtime container --image cfn-base:local --network internal --evidence'.split(
        ' ',
      );
    const crew = [
      '--implementer',
      `worker=${spec}`,
      '--validator',
      `v1=${spec}`,
      '--product-owner',
      `owner=${spec}`,
    ];
    const made = await bench.cfn(...words, 'node --test', ...crew, '--task', 'Make sum add');
    expect(last(made, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
    expect(bench.git('show', 'cfn/sum/result:src/sum.js')).toBe(SUM_FIXED.trim());
    bench.finish();
  });
});
