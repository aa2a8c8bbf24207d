import { execFileSync } from 'node:child_process';

/** Two commits below `refs/many` of a repository that differ in so many files; in no working tree. */
export function manyChanged(repository: string, files: number): readonly [before: string, after: string] {
  const commit = (word: string): string => {
    const contents = Array.from({ length: files }, (_, at) => {
      const text = Array.from(
        { length: 40 },
        (_line, line) => `export const ${word}${line} = ${at + line};\n`,
      );
      // Two lines of forty differ.
      const content = text
        .map((each, line) => (line % 20 === 0 ? each : each.replace(word, 'same')))
        .join('');
      return `M 644 inline src/module-${at % 100}/file-${at}.ts\ndata ${content.length}\n${content}\n`;
    });
    return `commit refs/many\ncommitter Ada <ada@example.org> 1700000000 +0000\ndata ${word.length}\n${word}\n${contents.join('')}\n`;
  };
  const git = (args: readonly string[], input?: string) =>
    execFileSync('git', [...args], { cwd: repository, encoding: 'utf8', ...(input ? { input } : {}) }).trim();
  git(['fast-import', '--quiet', '--force'], commit('before') + commit('after'));
  return [git(['rev-parse', 'refs/many~']), git(['rev-parse', 'refs/many'])];
}
