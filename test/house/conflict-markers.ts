import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type Source } from './sources.ts';

/** The four lines of a conflict, and the last as the formatter leaves it in Markdown: a quote in a quote. */
const MARKER = /^(?:<{7}|\|{7}|>{7}|> > > > > > >)(?: |$)|^={7}$/;

/** Lines of the file that a merge left behind, as `file:line`. */
export function conflictMarkers({ file, text }: Source): readonly string[] {
  return text.split(/\r?\n/).flatMap((line, index) => (MARKER.test(line) ? [`${file}:${index + 1}`] : []));
}

/** Every file that git knows, of every kind. */
export function trackedFiles(): readonly Source[] {
  const names = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0');
  return names.filter(Boolean).flatMap((file) => {
    try {
      return [{ file, text: readFileSync(join(ROOT, file), 'utf8') }];
    } catch (error) {
      // Deleted, and the deletion not committed yet.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  });
}
