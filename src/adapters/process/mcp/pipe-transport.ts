import {
  deserializeMessage,
  serializeMessage,
  type JSONRPCMessage,
  type Transport,
} from '@modelcontextprotocol/client';
import type { StartedServer } from './server-start.ts';

/** A screenshot of a page is some megabytes; a line without an end must not fill the memory. */
export const MAX_LINE = 64 * 1024 * 1024;

export interface PipeTransport extends Transport {
  /** What the server writes, from its first byte. */
  readonly feed: (chunk: Buffer) => void;
  /** From then on it is written to. */
  readonly open: (server: StartedServer) => void;
}

/** One message a line, as a server over standard input and output speaks. */
export function createPipeTransport(): PipeTransport {
  let server: StartedServer | null = null;
  let rest: Buffer[] = [];
  let size = 0;
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    rest = [];
    transport.onclose?.();
  };
  const line = (text: string) => {
    if (text.trim() === '') return;
    try {
      transport.onmessage?.(deserializeMessage(text));
    } catch {
      // Some servers write a greeting before they speak the protocol.
      transport.onerror?.(new Error('The server wrote a line that is no message.'));
    }
  };
  const transport: PipeTransport = {
    start: () => Promise.resolve(),
    send: (message: JSONRPCMessage) =>
      new Promise<void>((resolve, reject) => {
        if (server === null || closed) return reject(new Error('The server is gone.'));
        server.stdin.write(serializeMessage(message), (error) => (error ? reject(error) : resolve()));
      }),
    close: () => {
      close();
      return Promise.resolve();
    },
    feed(chunk) {
      if (closed) return;
      let from = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
        rest.push(chunk.subarray(from, end));
        const whole = Buffer.concat(rest).toString('utf8');
        rest = [];
        size = 0;
        from = end + 1;
        line(whole);
      }
      rest.push(chunk.subarray(from));
      size += chunk.length - from;
      if (size > MAX_LINE) {
        transport.onerror?.(new Error(`The server wrote a line of more than ${MAX_LINE} bytes.`));
        close();
      }
    },
    open(started) {
      server = started;
      void started.ended.then(close);
    },
  };
  return transport;
}
