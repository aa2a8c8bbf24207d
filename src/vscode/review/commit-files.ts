import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { ObjectFacts } from '../../ports/worktrees.ts';
import type { LoopReview } from '../../app/review/loop-review.ts';
import type { Loops } from '../loops.ts';

const querySchema = z.object({ taskId: z.string(), commit: z.string() });

/** What a document of a commit is about; null for a URI that is none. */
export function commitOf(uri: vscode.Uri): z.infer<typeof querySchema> | null {
  try {
    const query = querySchema.safeParse(JSON.parse(uri.query));
    return query.success ? query.data : null;
  } catch {
    // Written by hand: no JSON at all.
    return null;
  }
}

const { FileSystemError } = vscode;

/** A submodule's own files are in another repository; git shows it by this line, too. */
const moduleText = ({ oid }: ObjectFacts): Uint8Array =>
  new TextEncoder().encode(`Subproject commit ${oid}\n`);

/** Never changes: what a commit holds is what it always held. */
const refuse = (uri: vscode.Uri): never => {
  throw FileSystemError.NoPermissions(uri);
};

/**
 * Files of commits as they are, so that images and other binary files are shown by the editors that know them.
 * Nothing can be written, and folders are not listed.
 */
export function createCommitFiles(loops: Loops): vscode.FileSystemProvider {
  async function reviewOf(): Promise<LoopReview> {
    const service = await loops.service();
    if (!service.ok) throw FileSystemError.Unavailable(service.error.message);
    if (!service.value.review)
      throw FileSystemError.Unavailable(l10n.t('Files of commits cannot be read here.'));
    return service.value.review;
  }
  async function find(uri: vscode.Uri) {
    const about = commitOf(uri);
    if (!about) throw FileSystemError.FileNotFound(uri);
    const review = await reviewOf();
    const path = uri.path.slice(1);
    const found = await review.look(about.commit, path);
    if (!found.ok) throw FileSystemError.Unavailable(found.error.message);
    if (found.value === null) throw FileSystemError.FileNotFound(uri);
    return { review, commit: about.commit, path, facts: found.value };
  }
  return {
    onDidChangeFile: () => ({ dispose: () => undefined }),
    watch: () => ({ dispose: () => undefined }),
    stat: async (uri) => {
      const { facts } = await find(uri);
      const size = facts.kind === 'submodule' ? moduleText(facts).length : facts.size;
      const { File } = vscode.FileType;
      return { type: File, ctime: 0, mtime: 0, size, permissions: vscode.FilePermission.Readonly };
    },
    readFile: async (uri) => {
      const { review, commit, path, facts } = await find(uri);
      if (facts.kind === 'submodule') return moduleText(facts);
      const read = await review.read(commit, path);
      if (!read.ok) throw FileSystemError.Unavailable(read.error.message);
      if (read.value === null) throw FileSystemError.FileNotFound(uri);
      return read.value;
    },
    readDirectory: refuse,
    createDirectory: refuse,
    writeFile: refuse,
    delete: refuse,
    rename: refuse,
  };
}
