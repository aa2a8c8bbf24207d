import type { Redis } from 'ioredis';
import { Emitter } from '../../base/emitter.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Message, NoReply } from '../../ports/redis-server.ts';
import type { Client } from './clients.ts';
import { unavailable } from './reply.ts';

/** One connection that hears for all clients; opened with the first subscription, and again after a loss. */
export class Subscriber {
  readonly messages = new Emitter<Message>();
  private readonly client: Client;
  private own: Promise<Client> | null = null;

  constructor(client: Client) {
    this.client = client;
  }

  async subscribe(kind: 'channel' | 'pattern', name: string): Promise<Result<void, NoReply>> {
    try {
      const client = await this.connection();
      await (kind === 'channel' ? client.subscribe(utf8(name)) : client.psubscribe(utf8(name)));
      return ok(undefined);
    } catch (error) {
      return err(unavailable(error instanceof Error ? error.message : String(error)));
    }
  }

  async unsubscribe(kind: 'channel' | 'pattern', name: string): Promise<void> {
    if (!this.own) return;
    try {
      const client = await this.own;
      await (kind === 'channel' ? client.unsubscribe(utf8(name)) : client.punsubscribe(utf8(name)));
    } catch {
      // The subscription is gone with its connection, or is heard by nobody.
    }
  }

  /** What was sent to this connection before has arrived. In a cluster, messages take a way of their own. */
  async heard(): Promise<void> {
    if (!this.own || 'slots' in this.client) return;
    try {
      await (await this.own).ping();
    } catch {
      // Then nothing more will be heard either.
    }
  }

  dispose(): void {
    void this.own?.then((client) => client === this.client || client.disconnect());
    this.messages.dispose();
  }

  private connection(): Promise<Client> {
    this.own ??= this.open().catch((error: unknown) => {
      this.own = null;
      throw error;
    });
    return this.own;
  }

  private async open(): Promise<Client> {
    const own = 'slots' in this.client ? this.client : this.client.duplicate({ lazyConnect: true });
    own.on('messageBuffer', (channel: Buffer, text: Buffer) =>
      this.messages.fire({ pattern: null, channel: latin1(channel), text: latin1(text) }),
    );
    own.on('pmessageBuffer', (pattern: string, channel: Buffer, text: Buffer) =>
      this.messages.fire({
        pattern: Buffer.from(pattern, 'utf8').toString('latin1'),
        channel: latin1(channel),
        text: latin1(text),
      }),
    );
    if (own !== this.client) {
      own.on('error', () => undefined);
      await (own as Redis).connect();
    }
    return own;
  }
}

/** ioredis remembers names as text, to subscribe again after a loss; names that are no UTF-8 are not supported. */
const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
const latin1 = (bytes: Buffer): string => bytes.toString('latin1');
