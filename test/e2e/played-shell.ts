import { deferred } from '../../src/base/deferred.ts';
import type { ContainerShell, ShellRequest } from '../../src/ports/container-engine.ts';

/** A shell that says back what it is told, tells its size, and ends at `exit`, or at `gone` with its container. */
export function playedShell(
  agentId: string,
  { size, onOutput }: Omit<ShellRequest, 'prompt'>,
  onEnd: () => void,
): ContainerShell {
  const { promise: ended, resolve } = deferred<number | null>();
  let { columns } = size;
  let line = '';
  const prompt = (): void => onOutput(`${agentId}:/workspace$ `);
  const run = (command: string): void => {
    onOutput('\r\n');
    if (command === 'exit') return resolve(0);
    if (command === 'gone') return resolve(null);
    onOutput(command === 'size' ? `${columns} columns\r\n` : '');
    prompt();
  };
  prompt();
  return {
    ended,
    write: (text) => {
      for (const key of text) {
        if (key === '\r') {
          run(line);
          line = '';
        } else {
          line += key;
          onOutput(key);
        }
      }
    },
    resize: (to) => Promise.resolve(void ({ columns } = to)),
    end: () => {
      onEnd();
      resolve(null);
      return Promise.resolve();
    },
  };
}
