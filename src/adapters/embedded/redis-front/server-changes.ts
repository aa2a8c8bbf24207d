import type { KeyWatch } from '../../../ports/redis-server.ts';
import { array, bulk, integer, type Reply } from '../reply.ts';
import { refusal, type FrontContext } from './context.ts';

/** One that ends each connection at once must not be asked again and again. */
const RENEW_MS = 2000;

/** Hears of changed keys from the server while somebody asks for them, and not otherwise. */
export class ServerChanges {
  private readonly context: FrontContext;
  private wanted = false;
  private watch: Promise<KeyWatch> | null = null;
  private readonly listening: { dispose(): void };

  constructor(context: FrontContext) {
    this.context = context;
    const { engine, server } = context;
    engine.changes.follow((follow) => {
      this.wanted = follow;
      this.renew();
    });
    // With the connections their tracking is gone too, and after a fail-over another server has the keys.
    this.listening = server.onState(({ up }) => {
      engine.changes.noteAll();
      if (up) this.renew();
    });
  }

  async keyspace(): Promise<Reply> {
    const { server } = this.context;
    const size = await server.size();
    if (!size.ok) return refusal(size.error);
    const source = this.watch ? (await this.watch).source : 'none';
    return array([integer(size.value), bulk('at-most'), bulk(source)]);
  }

  dispose(): void {
    this.listening.dispose();
    this.wanted = false;
    this.renew();
  }

  private renew(): void {
    const before = this.watch;
    this.watch = null;
    void before?.then((watch) => watch.dispose());
    if (!this.wanted) return;
    const { engine, names, server } = this.context;
    this.watch = server.watchKeys({
      prefix: names.head,
      onChange(keys) {
        if (keys === null) return engine.changes.noteAll();
        for (const key of keys) {
          const name = names.ours(key);
          if (name !== null) engine.changes.note(name);
        }
      },
      onLost: () => {
        engine.changes.noteAll();
        // A server that went away itself tells when it is back.
        if (server.state.up) setTimeout(() => this.renew(), RENEW_MS).unref();
      },
    });
  }
}
