import { build } from 'esbuild';
import path from 'node:path';
import { projectRoot, type Workbench } from '../e2e/workbench.mts';

export interface HostFigures {
  /** Stands before the figures, which are JSON, in a line of the console. */
  readonly mark: string;
  readonly limitMs: number;
  /** What is told when none came. */
  readonly said: (lines: readonly string[]) => string;
}

/** What a module that was executed inside the extension host has measured; the workbench ends with it. */
export async function figuresFrom<T>(workbench: Workbench, { mark, limitMs, said }: HostFigures): Promise<T> {
  try {
    const limit = new Promise<null>((resolve) => setTimeout(() => resolve(null), limitMs).unref());
    await Promise.race([workbench.testsEnd, limit]);
    const line = workbench.consoleLines.find((each) => each.includes(mark));
    if (!line) throw new Error(`no figures came: ${said(workbench.consoleLines)}`);
    return JSON.parse(line.slice(line.indexOf(mark) + mark.length)) as T;
  } finally {
    await workbench.dispose();
  }
}

/** Packs such a module. */
export const buildForHost = (entry: string, outfile: string): Promise<unknown> =>
  build({
    entryPoints: [path.join(projectRoot, 'test', 'bench', 'host', entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
    logLevel: 'warning',
  });
