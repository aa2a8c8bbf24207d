/** What people see of containers, and do in them, on a real engine. */
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { createContainerEngine } from '../../src/adapters/docker/container-engine.ts';
import * as z from 'zod';
import { lookAtContainers } from '../../src/app/agents/look-at-containers.ts';
import { openDocker } from '../../src/adapters/docker/engine.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import { coresInUse } from '../../src/domain/containers/usage.ts';
import type { RunningContainer } from '../../src/ports/container-engine.ts';
import { sharedEngine } from '../support/docker-engine.ts';
import { plainContainer } from '../support/plain-container.ts';

const MB = 2 ** 20;
const shared = await sharedEngine('what people see of containers');
const address = { source: 'DOCKER_HOST', host: shared?.host ?? 'unix:///none' } as const;
const engine = createContainerEngine(address);
const signal = new AbortController().signal;
const OWNER = `container-watch-test-${process.pid}`;
const mine = { [LABELS.owner]: OWNER };

const started: RunningContainer[] = [];
afterEach(async () => {
  for (const each of started.splice(0)) await each.remove();
});

/** One whose program says `ready` when there is something to see. */
async function start(agent: string, script: string): Promise<RunningContainer> {
  let said = '';
  let tell = (): void => undefined;
  const ready = new Promise<void>((resolve) => (tell = resolve));
  const made = await engine.start(
    plainContainer({
      name: `cfn-agent-${agent}-${OWNER}`,
      argv: ['bash', '-c', script],
      tmpfs: ['/tmp', '/home/agent', '/workspace'],
      labels: { ...mine, [LABELS.agent]: agent, [LABELS.run]: `${OWNER}-${agent}` },
      onOutput: (_, chunk) => {
        said += chunk.toString();
        if (said.includes('ready')) tell();
      },
    }),
    signal,
  );
  if (!made.ok) throw new Error(made.error.message);
  started.push(made.value);
  await Promise.race([ready, made.value.exited]);
  return made.value;
}

const look = async () => {
  const seen = await lookAtContainers(engine, mine, signal);
  if (!seen.ok) throw new Error(seen.error.message);
  return new Map(seen.value.map((one) => [one.labels[LABELS.agent], one]));
};

describe.skipIf(!shared)('what is seen of containers', () => {
  it('is their memory without what files are cached in, their limit, and their CPU', async () => {
    await start('busy', 'echo ready; while :; do :; done');
    await start(
      'full',
      `exec node -e "globalThis.kept = Buffer.alloc(${100 * MB}, 1); console.log('ready'); setInterval(() => kept.length, 1000)"`,
    );
    // Reads more than it keeps: all programs and libraries of the image.
    await start('reading', 'cat /usr/bin/* /usr/lib/*/* >/dev/null 2>&1; echo ready; exec sleep 1000');
    const ended = await start('ended', 'echo ready');
    await ended.exited;
    const seen = await look();
    const of = (agent: string) => {
      const sample = seen.get(agent)?.sample;
      if (!sample) throw new Error(`${agent} was not measured`);
      return {
        memory: (sample.memoryBytes ?? -1) / MB,
        limit: sample.memoryLimitBytes,
        cores: coresInUse(sample, null),
      };
    };
    expect(of('full').memory).toBeGreaterThan(100);
    expect(of('full').memory).toBeLessThan(200);
    expect(of('reading').memory).toBeLessThan(40);
    for (const agent of ['busy', 'full', 'reading']) expect(of(agent).limit).toBe(256 * MB);
    // However little whatever else the machine does leaves to it.
    expect(of('busy').cores).toBeGreaterThan(0.02);
    expect(of('busy').cores).toBeLessThan(1.3);
    expect(of('reading').cores).toBeLessThan(0.1);
    expect(seen.get('ended')).toMatchObject({ state: 'exited', sample: null });
  });

  it('is nothing where the engine does not answer', async () => {
    const nowhere = { source: 'DOCKER_HOST', host: 'unix:///none/docker.sock' } as const;
    expect(await lookAtContainers(createContainerEngine(nowhere), mine, signal)).toMatchObject({
      ok: false,
      error: { kind: 'unreachable' },
    });
  });
});

/** What a shell says, and a wait for it to say something. */
async function openShell({ id }: Pick<RunningContainer, 'id'>, size = { columns: 80, rows: 24 }) {
  let said = '';
  let look = (): void => undefined;
  const onOutput = (text: string): void => {
    said += text;
    look();
  };
  const opened = await engine.shell(id, { prompt: 'agent:\\w> ', size, onOutput }, signal);
  if (!opened.ok) throw new Error(opened.error.message);
  const says = (text: string | RegExp): Promise<string> =>
    new Promise((resolve) => {
      look = () => {
        if (typeof text === 'string' ? said.includes(text) : text.test(said)) resolve(said);
      };
      look();
    });
  return { shell: opened.value, says };
}

/** Programs that run in a container besides its own, as the container itself sees them. */
async function others(container: RunningContainer): Promise<readonly string[]> {
  const top = await openDocker(address).getContainer(container.id).top({ ps_args: '-eo pid,args' });
  const rows = z.array(z.array(z.string())).parse(top.Processes);
  return rows.map((row) => row.at(-1) ?? '').filter((args) => /^(?:bash|sh|sleep 77)/.test(args));
}

describe.skipIf(!shared)('a shell in a container', () => {
  const stay = 'echo ready; exec sleep 1000';

  it('is a terminal of the agent’s user, with the size that it is given', async () => {
    const container = await start('worker', stay);
    const { shell, says } = await openShell(container, { columns: 111, rows: 33 });
    onTestFinished(() => shell.end());
    await says('agent:/workspace> ');
    const size = `node -e 'console.log("size " + process.stdout.columns + "x" + process.stdout.rows)'`;
    shell.write(`${size}; echo "user $(id -u) ünï $HOME"\r`);
    await says('size 111x33');
    await says('user 1000 ünï /home/agent');
    await shell.resize({ columns: 60, rows: 20 });
    shell.write(`${size}; exit 3\r`);
    await says('size 60x20');
    expect(await shell.ended).toBe(3);
    expect(await others(container)).toEqual([]);
  });

  it('leaves nothing behind when its terminal is closed', async () => {
    const container = await start('worker', stay);
    const { shell, says } = await openShell(container);
    await says('> ');
    shell.write('sleep 771 & (sleep 772 &); trap "" HUP; echo began\r');
    await says(/\nbegan/);
    expect(await others(container)).toHaveLength(3);
    await shell.end();
    expect(await others(container)).toEqual([]);
    // The agent's own program is none of its.
    expect(await engine.list(mine, signal)).toMatchObject({ ok: true, value: [{ state: 'running' }] });
  });

  it('ends with its container, and says so', async () => {
    const container = await start('worker', stay);
    const { shell, says } = await openShell(container);
    await says('> ');
    await container.remove();
    expect(await shell.ended).toBeNull();
    await shell.end();
    const again = await engine.shell(
      container.id,
      { prompt: '', size: { columns: 1, rows: 1 }, onOutput: () => undefined },
      signal,
    );
    expect(again).toMatchObject({ ok: false, error: { kind: 'missing' } });
  });
});
