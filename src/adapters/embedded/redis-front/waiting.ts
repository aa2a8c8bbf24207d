import { performance } from 'node:perf_hooks';
import type { HeldConnection, ServerReply } from '../../../ports/redis-server.ts';
import { keysOfCommand, type Command, type Session } from '../command.ts';
import { parseTimeout } from '../commands/lists.ts';
import { NULL_ARRAY, type Reply } from '../reply.ts';
import type { WaitLook } from '../waiters.ts';
import { refusal, type FrontContext } from './context.ts';
import { translate } from './translate.ts';

const SHORTEST_WAIT_MS = 1;

interface Wait extends WaitLook {
  held: HeldConnection | null;
  over: boolean;
  wake: () => void;
}

/** Clients that wait for a list, each on a connection of its own to the server. */
export class Waiting {
  private readonly context: FrontContext;
  private readonly waits = new Map<Session, Wait>();

  constructor(context: FrontContext) {
    this.context = context;
  }

  all(): readonly WaitLook[] {
    return Array.from(this.waits.values());
  }

  /**
   * Waits on the server, also beyond its loss: a wait that it forgot begins again for the time that is left. Other
   * than with the embedded store, an item that was just on its way when the connection broke is gone.
   */
  async wait(session: Session, command: Command, args: readonly string[]): Promise<Reply> {
    const timeoutMs = parseTimeout(args.at(-1));
    if (typeof timeoutMs !== 'number') return timeoutMs;
    const end = timeoutMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
    const since = this.context.engine.now();
    const wait: Wait = {
      session,
      command: command.name,
      keys: keysOfCommand(command, args),
      since,
      until: timeoutMs === 0 ? null : since + timeoutMs,
      held: null,
      over: false,
      wake: () => undefined,
    };
    this.waits.set(session, wait);
    try {
      for (;;) {
        const reply = await this.tryOnce({ session, command, args, end, wait });
        if (reply) return reply;
        await this.untilUp(wait, end);
        if (wait.over || performance.now() >= end) return NULL_ARRAY;
      }
    } finally {
      this.waits.delete(session);
    }
  }

  stop(session: Session): void {
    const wait = this.waits.get(session);
    if (!wait) return;
    wait.over = true;
    wait.held?.abort();
    wait.wake();
  }

  /** `null` when the server went away meanwhile. */
  private async tryOnce(request: {
    readonly session: Session;
    readonly command: Command;
    readonly args: readonly string[];
    readonly end: number;
    readonly wait: Wait;
  }): Promise<Reply | null> {
    const { session, command, args, end, wait } = request;
    const { engine, names, server } = this.context;
    const first = names.key(args[1] ?? '');
    const held = await server.hold(first);
    if (!held.ok) return held.error.kind === 'busy' ? refusal(held.error) : null;
    if (wait.over) {
      held.value.release();
      return NULL_ARRAY;
    }
    wait.held = held.value;
    const left = end === Number.POSITIVE_INFINITY ? 0 : Math.max(end - performance.now(), SHORTEST_WAIT_MS);
    const limited = [...args.slice(0, -1), (left / 1000).toFixed(3)];
    const translated = translate(command, limited, { engine, names, session, within: null });
    if ('reply' in translated) return translated.reply;
    const answer = await held.value.send(translated.words);
    wait.held = null;
    if (!answer.ok) {
      held.value.abort();
      return null;
    }
    held.value.release();
    if (wait.over) await this.putBack(command, answer.value);
    return translated.answer(answer.value);
  }

  /** The client has gone while its item came: the next one shall have it. */
  private async putBack(command: Command, reply: ServerReply): Promise<void> {
    if (reply.kind !== 'list') return;
    const [key, item] = reply.items;
    const back = command.name === 'blpop' ? 'LPUSH' : command.name === 'brpop' ? 'RPUSH' : null;
    if (back && key?.kind === 'text' && item?.kind === 'text') {
      await this.context.server.send([back, key.text, item.text]);
    }
  }

  private untilUp(wait: Wait, end: number): Promise<void> {
    const { server } = this.context;
    return new Promise((resolve) => {
      const done = (): void => {
        if (timer) clearTimeout(timer);
        listening.dispose();
        resolve();
      };
      const left = end - performance.now();
      // A connection may also break while the server is there; then the next try is only a moment away.
      const pause = server.state.up ? Math.min(left, RETRY_MS) : left;
      const timer = Number.isFinite(pause)
        ? setTimeout(done, Math.max(Math.min(pause, LONGEST_TIMER_MS), 0))
        : null;
      const listening = server.onState(({ up }) => {
        if (up) done();
      });
      wait.wake = done;
      if (wait.over) done();
    });
  }
}

const RETRY_MS = 50;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
