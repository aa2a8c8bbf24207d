import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import type { Logger } from '../../base/logger.ts';
import type { ReadModel } from '../../ports/read-model.ts';
import type { IndexCall, IndexReply, IndexRequest } from './index-worker.ts';

export interface ThreadedReadModelOptions {
  /** Absolute path of the program that serves the index in a thread. */
  readonly program: string | URL;
  /** What it is started with. */
  readonly workerData: unknown;
  readonly logger: Pick<Logger, 'warn'>;
}

const rowSchema = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));
const summarySchema = z.object({
  taskId: z.string(),
  description: z.string(),
  mode: z.string(),
  state: z.string(),
  iteration: z.number(),
  outcome: z.nullable(z.string()),
  startedAt: z.number(),
  updatedAt: z.number(),
});

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The index in a thread of its own, started on first use: exporting a large one takes hundreds of milliseconds, in
 * which an editor or a loop must not stand still. A thread that dies is started again by the next call.
 */
export function createThreadedReadModel(options: ThreadedReadModelOptions): ReadModel {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let count = 0;
  let disposed = false;

  const start = (): Worker => {
    const started = new Worker(options.program, { workerData: options.workerData });
    const fail = (error: Error): void => {
      if (worker === started) worker = null;
      for (const one of waiting.values()) one.reject(error);
      waiting.clear();
    };
    started.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
    started.on('exit', (code) => fail(new Error(`The thread of the index ended with ${code}.`)));
    started.on('message', (reply: IndexReply) => {
      if ('warning' in reply) return options.logger.warn(reply.warning, { error: reply.error });
      const one = waiting.get(reply.id);
      waiting.delete(reply.id);
      // Only unanswered calls keep a process from ending.
      if (waiting.size === 0) started.unref();
      if (reply.ok) one?.resolve(reply.value);
      else one?.reject(new Error(reply.message));
    });
    return started;
  };
  const ask = (call: IndexCall): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (disposed) return reject(new Error('The index was closed.'));
      worker ??= start();
      const id = (count += 1);
      waiting.set(id, { resolve, reject });
      worker.ref();
      const request: IndexRequest = { id, call };
      worker.postMessage(request, []);
    });

  return {
    apply: async (taskId, entries) => void (await ask({ kind: 'apply', taskId, entries })),
    lastSeq: async (taskId) => z.number().parse(await ask({ kind: 'lastSeq', taskId })),
    loops: async () => z.array(summarySchema).parse(await ask({ kind: 'loops' })),
    query: async (sql, parameters = []) =>
      z.array(rowSchema).parse(await ask({ kind: 'query', sql, parameters })),
    snapshot: async () => void (await ask({ kind: 'snapshot' })),
    dispose: async () => {
      if (disposed) return;
      const running = worker;
      if (running)
        await ask({ kind: 'dispose' }).catch((error: unknown) => {
          options.logger.warn('The index could not be closed; it will be rebuilt.', { error: String(error) });
        });
      disposed = true;
      await running?.terminate();
    },
  };
}
