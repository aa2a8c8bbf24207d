import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogProbe } from '../../ports/health-probes.ts';

/** Reads what the file sink wrote: `cfn.log`, and `cfn.1.log` … before it. */
export function createLogProbe(folder: string, name: string): LogProbe {
  const read = (file: string) =>
    readFile(join(folder, file), 'utf8').then(
      (text) => text.split('\n').filter((line) => line !== ''),
      () => [],
    );
  const files = async (): Promise<readonly string[]> => {
    const names = await readdir(folder).catch(() => []);
    return names.filter((file) => file.startsWith(`${name}.`) && file.endsWith('.log'));
  };
  return {
    tail: async (lines) => (await read(`${name}.log`)).slice(-lines),
    linesOf: async (taskId) => {
      const mark = `"task_id":${JSON.stringify(taskId)}`;
      const all = await Promise.all((await files()).map(read));
      return all.flat().filter((line) => line.includes(mark)).length;
    },
  };
}
