import { finished } from 'node:stream/promises';
import { createDemultiplexer, type Part } from './demultiplex.ts';

/** Both outputs of a container, also over an engine that goes away and comes back. */
export interface ContainerOutput {
  /** Reads a stream of the engine from where it begins; resolves at its end, however it ends. */
  read(stream: NodeJS.ReadableStream): Promise<void>;
  /** The same for one that begins with the container's first byte: what was seen is not given again. */
  readAgain(stream: NodeJS.ReadableStream): Promise<void>;
}

export function createContainerOutput(onOutput: Part): ContainerOutput {
  const seen = { stdout: 0, stderr: 0 };
  const follow = (stream: NodeJS.ReadableStream, skip: { stdout: number; stderr: number }): Promise<void> => {
    const feed = createDemultiplexer((name, chunk) => {
      const rest = chunk.subarray(Math.min(skip[name], chunk.length));
      skip[name] -= chunk.length - rest.length;
      seen[name] += rest.length;
      if (rest.length > 0) onOutput(name, rest);
    });
    stream.on('data', (chunk: Buffer) => {
      try {
        feed(chunk);
      } catch (error) {
        stream.removeAllListeners('data');
        stream.emit('error', error);
      }
    });
    // What a container became is asked of the engine, not read from how its stream broke off.
    return finished(stream, { writable: false }).catch(() => undefined);
  };
  return {
    read: (stream) => follow(stream, { stdout: 0, stderr: 0 }),
    readAgain: (stream) => follow(stream, { ...seen }),
  };
}
