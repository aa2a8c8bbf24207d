import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLoopStore } from '../../src/adapters/journal/loop-store.ts';

const CONTENDER = fileURLToPath(new URL('../fixtures/loop-contender.ts', import.meta.url));
const KILLS = Number(process.env['CFN_TEST_KILLS'] ?? 30);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-hold-'));
});
const started = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of started) child.kill('SIGKILL');
  started.clear();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

interface Contender {
  readonly child: ChildProcess;
  /** Resolves with the epoch once it owns the loop. */
  readonly owns: Promise<number>;
  /** Sequence numbers of events that it was told are on disk. */
  readonly acknowledged: number[];
  /** Resolves once it was told of so many. */
  hasBeenToldOf(events: number): Promise<void>;
  readonly gone: Promise<void>;
}

function contend(port: number): Contender {
  const child = spawn(process.execPath, [CONTENDER, folder, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON' },
  });
  started.add(child);
  const acknowledged: number[] = [];
  const told = new EventEmitter();
  let own: (epoch: number) => void = () => undefined;
  const owns = new Promise<number>((resolve) => {
    own = resolve;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [word, number] = line.split(' ');
    if (word === 'own') own(Number(number));
    if (word === 'ack') told.emit('ack', acknowledged.push(Number(number)));
  });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const hasBeenToldOf = async (events: number): Promise<void> => {
    while (acknowledged.length < events) await Promise.race([once(told, 'ack'), gone]);
  };
  return { child, owns, acknowledged, hasBeenToldOf, gone };
}

async function bind(port: number): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

async function freePort(): Promise<number> {
  const { server, port } = await bind(0);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const violations = (): Promise<string> => readFile(join(folder, 'violations'), 'utf8').catch(() => '');

/** A small repeatable source, so that a failing schedule can be run again. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

async function end(contender: Contender): Promise<void> {
  contender.child.kill('SIGKILL');
  await contender.gone;
}

describe('processes that contend for a loop and are killed at random points', () => {
  it('[X-08] never own it two at a time, and lose nothing that was acknowledged', async () => {
    const random = sequence(20_261_121);
    const port = await freePort();
    const all: Contender[] = [];
    const start = (): Contender => {
      const contender = contend(port);
      all.push(contender);
      return contender;
    };
    const contenders = Array.from({ length: 6 }, start);
    const epochs: number[] = [];
    let slowestTakeoverMs = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = Date.now();
      const owner = await Promise.race(
        contenders.map((contender) =>
          Promise.race([
            contender.owns.then((epoch) => ({ contender, epoch })),
            contender.gone.then(() => Promise.reject(new Error('A contender ended by itself.'))),
          ]),
        ),
      );
      if (kill > 0) slowestTakeoverMs = Math.max(slowestTakeoverMs, Date.now() - before);
      epochs.push(owner.epoch);
      // Anywhere from "has just taken over" to "in the middle of many appends".
      await owner.contender.hasBeenToldOf(Math.floor(random() * 6));
      await new Promise((resolve) => setTimeout(resolve, random() * 10));
      await end(owner.contender);
      contenders.splice(contenders.indexOf(owner.contender), 1, start());
    }
    await Promise.all(contenders.map(end));

    const read = await createLoopStore({ stateFolder: folder }).read('t1');
    if (!read.ok) throw new Error(read.error.message);
    let acks = 0;
    for (const contender of all) {
      for (const seq of contender.acknowledged) {
        acks += 1;
        expect(read.value[seq - 1]?.event).toMatchObject({ pid: contender.child.pid });
      }
    }
    process.stdout.write(`${JSON.stringify({ kills: KILLS, acks, slowestTakeoverMs })}\n`);
    expect(epochs).toEqual(Array.from(new Set(epochs)).sort((a, b) => a - b));
    expect(epochs).toHaveLength(KILLS);
    expect(acks).toBeGreaterThan(KILLS);
    expect(slowestTakeoverMs).toBeLessThan(5000);
    expect(await violations()).toBe('');
  });

  it('would notice two owners (control of the test above)', async () => {
    const { server, port } = await bind(0);
    const contender = contend(port);
    await contender.owns;
    expect(await violations()).toMatch(/^\d+ 1\n$/);
    await end(contender);
    server.close();
  });

  it.skipIf(process.platform === 'win32')(
    '[X-08] keep it while they are suspended, for as long as that is',
    async () => {
      const contender = contend(await freePort());
      const epoch = await contender.owns;
      contender.child.kill('SIGSTOP');
      const other = createLoopStore({ stateFolder: folder, forwardDeadlineMs: 100 });
      for (let attempt = 0; attempt < 20; attempt += 1) {
        expect(await other.hold('t1', () => Promise.resolve(null))).toEqual({
          ok: false,
          error: { kind: 'held', pid: contender.child.pid, epoch },
        });
      }
      expect(await other.forward('t1', 'pause')).toBeNull();
      const before = contender.acknowledged.length;
      contender.child.kill('SIGCONT');
      await vi.waitFor(() => expect(contender.acknowledged.length).toBeGreaterThan(before + 10), 10_000);
      await end(contender);
      const taken = await other.hold('t1', () => Promise.resolve(null));
      expect(taken).toMatchObject({ ok: true, value: { epoch: epoch + 1 } });
      if (taken.ok) await taken.value.release();
    },
  );
});
