import type { JournalEntry } from '../../ports/journal.ts';
import type { ReadModel } from '../../ports/read-model.ts';

/** What the thread of the index is asked; both sides are always of one build. */
export type IndexCall =
  | { readonly kind: 'apply'; readonly taskId: string; readonly entries: readonly JournalEntry[] }
  | { readonly kind: 'lastSeq'; readonly taskId: string }
  | { readonly kind: 'loops' }
  | { readonly kind: 'query'; readonly sql: string; readonly parameters: readonly (string | number | null)[] }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'dispose' };

export interface IndexRequest {
  readonly id: number;
  readonly call: IndexCall;
}
export type IndexReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly message: string }
  | { readonly warning: string; readonly error: string };

/** Answers calls in the order in which they come. */
export function serveIndex(
  model: ReadModel,
  port: {
    on(event: 'message', listener: (request: IndexRequest) => void): unknown;
    postMessage(reply: IndexReply): void;
  },
): void {
  let queue: Promise<void> = Promise.resolve();
  port.on('message', ({ id, call }) => {
    queue = queue.then(async () => {
      try {
        port.postMessage({ id, ok: true, value: await answer(model, call) });
      } catch (error) {
        port.postMessage({ id, ok: false, message: error instanceof Error ? error.message : String(error) });
      }
    });
  });
}

async function answer(model: ReadModel, call: IndexCall): Promise<unknown> {
  switch (call.kind) {
    case 'apply':
      return model.apply(call.taskId, call.entries);
    case 'query':
      return model.query(call.sql, call.parameters);
    case 'lastSeq':
      return model.lastSeq(call.taskId);
    case 'loops':
      return model.loops();
    case 'snapshot':
      return model.snapshot();
    case 'dispose':
      return model.dispose();
  }
}
