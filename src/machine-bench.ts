/** What `cfn bench` measures, with the parts that loops are made of; loaded by it alone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { createServer, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { openRespClient } from './adapters/coordination/resp-client.ts';
import { ensureStore } from './adapters/coordination/store-launch.ts';
import { createLedger } from './adapters/journal/ledger.ts';
import { createLoopStore } from './adapters/journal/loop-store.ts';
import { createAttemptFolders } from './adapters/process/attempt-folders.ts';
import { openEngine } from './open-engine.ts';
import { createAttemptWatch } from './adapters/process/attempt-watch.ts';
import { createProcessRuntime } from './adapters/process/process-runtime.ts';
import { createProcessTable } from './adapters/process/process-table.ts';
import { stateHome } from './adapters/state/root.ts';
import type { Measured, MachineBenchRequest, RunMachineBench } from './app/machine-bench.ts';
import { silentLogger } from './base/logger.ts';
import { alternate, timed } from './base/measure.ts';
import type { Result } from './base/result.ts';
import type { StoreCommands } from './ports/store-commands.ts';
import type { AttemptSpec } from './protocol/attempt.ts';
import { keys } from './protocol/keys.ts';

const TASK = 'bench';
const EVENTS = 300;
const CHECKPOINTS = 100;
const SIGNALS = 500;
const AGENTS = 7;
const STORE_MS = 20_000;

interface Place extends MachineBenchRequest {
  /** A state folder of its own, on the disk where state lies. */
  readonly folder: string;
}

export const runMachineBench: RunMachineBench = async (request) => {
  const home = stateHome({ env: request.env });
  await mkdir(home, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(home, 'bench-'));
  const place: Place = { ...request, folder };
  try {
    for (const measure of [durableEvents, throughTheStore, agents]) {
      request.signal.throwIfAborted();
      for (const measured of await measure(place)) request.onMeasured(measured);
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
};

function must<T>(result: Result<T, { readonly message: string } | { readonly kind: string }>): T {
  if (result.ok) return result.value;
  throw new Error('message' in result.error ? result.error.message : result.error.kind);
}

/** Appends bytes to a file of its own and waits until they are on disk. */
async function bareDisk(folder: string, bytes: number) {
  const file = await open(join(folder, 'bare'), 'a');
  const text = Buffer.alloc(bytes, 'x');
  return {
    write: async () => {
      await file.write(text);
      await file.datasync();
    },
    close: () => file.close(),
  };
}

async function durableEvents({ folder, signal }: Place): Promise<readonly Measured[]> {
  const store = createLoopStore({ stateFolder: folder });
  const holder = must(await store.hold(TASK, () => Promise.resolve(null)));
  const journal = must(await store.open(TASK, holder.epoch));
  const event = { type: 'TransferPointWritten', taskId: TASK, iteration: 1, filler: 'x'.repeat(150) };
  const disk = await bareDisk(folder, JSON.stringify(event).length + 40);
  try {
    const { ours, theirs } = await alternate(
      EVENTS,
      () => timed(async () => must(await journal.append([event]))),
      () => (signal.throwIfAborted(), timed(disk.write)),
    );
    return [
      {
        id: 'durable-event',
        title: 'one event of a loop, from the append to its acknowledgement on disk',
        unit: 'ms',
        samples: ours,
        limit: { title: 'one write and fdatasync of as many bytes', samples: theirs },
      },
    ];
  } finally {
    await disk.close();
    await journal.close();
    await holder.release();
  }
}

async function throughTheStore(place: Place): Promise<readonly Measured[]> {
  const { folder, programs, signal } = place;
  const program = { execPath: process.execPath, args: [join(programs, 'store.js')] };
  const { adminUrl } = must(
    await ensureStore({ folder, program, deadlineMs: STORE_MS, signal, redis: null, idleMs: STORE_MS }),
  );
  // Not cut off by the signal: the store has to be told to end.
  const connection = async () => must(await openRespClient({ url: adminUrl, deadlineMs: STORE_MS }));
  const [one, other] = [await connection(), await connection()];
  try {
    return [await checkpoints(place, one), await signals(place, one, other)];
  } finally {
    await one.command(['SHUTDOWN']);
    one.close();
    other.close();
  }
}

async function checkpoints({ folder, signal }: Place, client: StoreCommands): Promise<Measured> {
  const payload = JSON.stringify({ step: 5, data: 'x'.repeat(1000) });
  const disk = await bareDisk(folder, payload.length + 150);
  try {
    const save = ['CFN.CHECKPOINT', 'SAVE', TASK, 'progress', 'agent', payload];
    const { ours, theirs } = await alternate(
      CHECKPOINTS,
      () => timed(async () => must(await client.command(save))),
      () => (signal.throwIfAborted(), timed(disk.write)),
    );
    return {
      id: 'checkpoint',
      title: 'one checkpoint of 1 kB, from the command to its acknowledgement on disk',
      unit: 'ms',
      samples: ours,
      limit: { title: 'one write and fdatasync of as many bytes', samples: theirs },
    };
  } finally {
    await disk.close();
  }
}

/** From the push of a signal until whoever waited for it has it. */
async function signals({ signal }: Place, sender: StoreCommands, receiver: StoreCommands): Promise<Measured> {
  const relay = await startRelay();
  const key = keys.signal(TASK, 'bench').name;
  try {
    const { ours, theirs } = await alternate(
      SIGNALS,
      async () => {
        const waiting = receiver.command(['BLPOP', key, '10']);
        while (!JSON.stringify(must(await sender.command(['INFO', 'clients']))).includes('blocked_clients:1'))
          signal.throwIfAborted();
        const startedAt = performance.now();
        const pushed = sender.command(['LPUSH', key, 'x']);
        must(await waiting);
        const took = performance.now() - startedAt;
        must(await pushed);
        return took * 1000;
      },
      async () => (signal.throwIfAborted(), (await timed(relay.send)) * 1000),
    );
    return {
      id: 'signal',
      title: 'one signal, from its push to the return of the BLPOP that waits for it',
      unit: 'µs',
      samples: ours,
      limit: {
        title: 'one line passed on from socket to socket on loopback, in this process',
        samples: theirs,
      },
    };
  } finally {
    await relay.close();
  }
}

/** Whatever one client sends, the other one gets. */
async function startRelay() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    sockets.push(socket);
    socket.on('data', (chunk) => {
      for (const other of sockets) if (other !== socket) other.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const client = async () => {
    const accepted = once(server, 'connection');
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await Promise.all([once(socket, 'connect'), accepted]);
    return socket;
  };
  const [from, to] = [await client(), await client()];
  return {
    send: async () => {
      const arrived = once(to, 'data');
      from.write('x\r\n');
      await arrived;
    },
    close: async () => {
      for (const socket of [from, to, ...sockets]) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The shortest agent that there is: a start of the runtime that does nothing. */
const AGENT = [process.execPath, '-e', '0'] as const;

async function agents({ folder, programs, env, signal }: Place): Promise<readonly Measured[]> {
  const store = createLoopStore({ stateFolder: folder });
  const attempts = createAttemptFolders((taskId) => store.folder(taskId));
  const ledger = createLedger({ stateFolder: folder, logger: silentLogger });
  const runtime = createProcessRuntime({ runner: join(programs, 'runner.js') });
  const watch = createAttemptWatch({ table: createProcessTable(), openEngine });
  const own = { PATH: env['PATH'] ?? '', ELECTRON_RUN_AS_NODE: env['ELECTRON_RUN_AS_NODE'] ?? '' };
  const throughTheRunner = async (round: number): Promise<void> => {
    const spec = specOf(folder, round + 1);
    const at = attempts.folder({
      taskId: TASK,
      iteration: 1,
      agentId: 'agent',
      attempt: round + 1,
      repair: false,
    });
    await attempts.prepare({ folder: at, spec, prompt: 'Do nothing.', context: {} });
    await ledger.record({ kind: 'attempt', id: at, taskId: TASK, folder: at, runToken: spec.runToken });
    must(
      await runtime.launch(
        { spec, folder: at, env: { ...own, CFN_RUN_TOKEN: spec.runToken }, title: TASK },
        signal,
      ),
    );
    if ((await watch.awaitRecord(at, signal)) === 'lost') throw new Error('The measured agent was lost.');
  };
  const bareStart = async (): Promise<void> => {
    const child = spawn(AGENT[0], AGENT.slice(1), { stdio: 'ignore', windowsHide: true });
    await once(child, 'exit');
  };
  const { ours, theirs } = await alternate(
    AGENTS,
    (round) => timed(() => throughTheRunner(round)),
    () => (signal.throwIfAborted(), timed(() => bareStart().then(bareStart))),
  );
  return [
    {
      id: 'agent',
      title: 'one agent that does nothing, from the decision to start it to its result on disk',
      unit: 'ms',
      samples: ours,
      limit: {
        title: 'two bare starts of the runtime, the runner and the agent, one after the other',
        samples: theirs,
      },
    },
  ];
}

const specOf = (folder: string, attempt: number): AttemptSpec => ({
  version: 1,
  taskId: TASK,
  agentId: 'agent',
  role: 'implementer',
  iteration: 1,
  attempt,
  runToken: `bench-${process.pid}-${attempt}`,
  nonce: 'bench',
  program: { kind: 'exec', argv: [...AGENT], tty: false },
  permission: 'edits',
  cwd: folder,
  worktree: folder,
  limits: { idleMs: 60_000, totalMs: 60_000, completionMs: 1000, killGraceMs: 1000 },
  repair: null,
});
