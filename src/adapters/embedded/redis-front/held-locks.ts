import type { Command, Session } from '../command.ts';
import { lockMs, lockRequest } from '../commands/locks.ts';
import type { Reply } from '../reply.ts';
import type { FrontContext } from './context.ts';

interface HeldLock {
  readonly value: string;
  readonly until: number;
}

/**
 * Locks that this front gave out. All of a namespace's locks go through its one front, so after a wipe of the server
 * it puts back those that are not over yet: nobody loses a lock that it holds.
 */
export class HeldLocks {
  private readonly context: FrontContext;
  private readonly locks = new Map<string, HeldLock>();

  constructor(context: FrontContext) {
    this.context = context;
    let generation = context.server.state.generation;
    context.server.onState((state) => {
      if (!state.up || state.generation === generation) return;
      generation = state.generation;
      void this.putBack();
    });
  }

  answered(
    command: Command,
    args: readonly string[],
    answer: { readonly session: Session; readonly reply: Reply },
  ): void {
    const { session, reply } = answer;
    if (reply.kind !== 'integer') return;
    if (command.name === 'cfn.lock') {
      const request = lockRequest(args, session);
      const ttl = lockMs(args[3]);
      if ('kind' in request || typeof ttl !== 'number') return;
      this.locks.set(request.key, { value: request.value, until: this.context.engine.now() + ttl });
    } else if (command.name === 'cfn.unlock' && Number(reply.value) === 1) {
      const request = lockRequest(args, session);
      if (!('kind' in request)) this.locks.delete(request.key);
    } else if (command.name === 'del' || command.name === 'unlink') {
      for (const key of args.slice(1)) this.locks.delete(key);
    }
  }

  private async putBack(): Promise<void> {
    const { engine, names, server } = this.context;
    for (const [key, { value, until }] of this.locks) {
      const left = until - engine.now();
      if (left <= 0) this.locks.delete(key);
      else await server.send(['SET', names.key(key), value, 'PX', String(Math.ceil(left)), 'NX']);
    }
  }
}
