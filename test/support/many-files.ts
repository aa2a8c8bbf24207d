import { execFileSync } from 'node:child_process';

export interface ManyFiles {
  readonly files: number;
  /** How many of them the second commit changes. */
  readonly changed: number;
}

/** Two commits below `refs/many` with so many files in folders of a hundred; in no working tree. */
export function manyFiles(
  repository: string,
  { files, changed }: ManyFiles,
): readonly [before: string, after: string] {
  const commit = (word: string, count: number): string => {
    const contents = Array.from({ length: count }, (_, at) => {
      const text = `export const value${at} = '${word}';\n`;
      const folder = `src/${Math.floor(at / 10_000)}/${Math.floor(at / 100)}`;
      return `M 644 inline ${folder}/file-${at}.ts\ndata ${text.length}\n${text}\n`;
    });
    return `commit refs/many\ncommitter Ada <ada@example.org> 1700000000 +0000\ndata ${word.length}\n${word}\n${contents.join('')}\n`;
  };
  const git = (args: readonly string[], input?: string) =>
    execFileSync('git', [...args], { cwd: repository, encoding: 'utf8', ...(input ? { input } : {}) }).trim();
  git(['fast-import', '--quiet', '--force'], commit('before', files) + commit('after', changed));
  return [git(['rev-parse', 'refs/many~']), git(['rev-parse', 'refs/many'])];
}
