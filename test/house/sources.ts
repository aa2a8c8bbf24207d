import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Source {
  /** Relative to the repository, forward slashes. */
  readonly file: string;
  readonly text: string;
}

/** What is shipped: sources without their tests. */
export function sources(): readonly Source[] {
  const files = ['src', 'webview-ui'].flatMap((folder) => {
    try {
      return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
        (file) => `${folder}/${file.replaceAll('\\', '/')}`,
      );
    } catch {
      return [];
    }
  });
  return files
    .filter((file) => /\.(?:ts|tsx|mts|js|mjs)$/.test(file) && !isTest(file))
    .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
}

function isTest(file: string): boolean {
  return /\.(?:test|d)\.ts$/.test(file) || /\/test-[^/]*\.ts$/.test(file) || file.includes('node_modules/');
}
