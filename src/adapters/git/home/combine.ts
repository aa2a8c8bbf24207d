import { err, ok, type Result } from '../../../base/result.ts';
import type { Commit } from '../../../domain/loop/model.ts';
import type { CommitLine, HomeRequest } from '../../../ports/home-git.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import { refused, text } from '../git-process.ts';
import type { Harness } from '../harness.ts';
import { mergeCommits, mergeTrees } from '../merge.ts';
import { commitTree, isAncestor, treeOf } from '../tree.ts';

export type Combined =
  /** `commit`: what the branch would point at; null for `apply`, which makes none. */
  | { readonly kind: 'clean'; readonly tree: string; readonly commit: Commit | null }
  | { readonly kind: 'contained' }
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'conflicts';
      readonly files: readonly string[];
      /** With conflict markers in its files. */
      readonly tree: string;
      readonly at: CommitLine | null;
    };

export interface Combining extends Pick<HomeRequest, 'commit' | 'way' | 'message'> {
  readonly onto: Commit;
  /** Epoch seconds, of new commits. */
  readonly at: number;
}

/** Merges in memory. Objects are written, and nothing points at them. */
export async function combine(harness: Harness, request: Combining): Promise<Result<Combined, GitError>> {
  const { commit, onto, way } = request;
  const contained = await isAncestor(harness, commit, onto);
  if (!contained.ok) return contained;
  if (contained.value) return ok({ kind: 'contained' });
  const before = await treeOf(harness, onto);
  if (!before.ok) return before;
  const combined = way === 'rebase' ? await replay(harness, request) : await mergeOnce(harness, request);
  if (!combined.ok || combined.value.kind !== 'clean') return combined;
  return combined.value.tree === before.value ? ok({ kind: 'nothing' }) : combined;
}

async function mergeOnce(harness: Harness, request: Combining): Promise<Result<Combined, GitError>> {
  const { commit, onto, way, message, at } = request;
  const merged = await mergeCommits(harness, onto, commit);
  if (!merged.ok) return merged;
  const { tree, conflicts } = merged.value;
  if (conflicts !== null) return ok({ kind: 'conflicts', files: conflicts, tree, at: null });
  if (way === 'apply') return ok({ kind: 'clean', tree, commit: null });
  const parents = way === 'merge' ? [onto, commit] : [onto];
  const made = await commitTree(harness, { tree, parents, message, at });
  return made.ok ? ok({ kind: 'clean', tree, commit: made.value }) : made;
}

/** Each commit of the result anew on top of the branch; those that change nothing there are left out. */
async function replay(harness: Harness, request: Combining): Promise<Result<Combined, GitError>> {
  const listed = await harness.line([
    'rev-list',
    '--reverse',
    '--topo-order',
    '--parents',
    request.commit,
    `^${request.onto}`,
  ]);
  if (!listed.ok) return listed;
  let onto = request.onto;
  const begun = await treeOf(harness, onto);
  if (!begun.ok) return begun;
  let tree = begun.value;
  for (const line of listed.value.split('\n').filter(Boolean)) {
    const [commit = '', parent, second] = line.split(' ');
    if (parent === undefined || second !== undefined) {
      return err(
        refused('The result has merges in its history, which cannot be put on top; take merge or squash.'),
      );
    }
    const step = await replayOne(harness, { commit, parent, onto, tree, at: request.at });
    if (!step.ok) return step;
    if (step.value.kind === 'conflicts') return ok(step.value);
    ({ onto, tree } = step.value);
  }
  return ok({ kind: 'clean', tree, commit: onto });
}

interface ReplayStep {
  readonly commit: Commit;
  readonly parent: Commit;
  readonly onto: Commit;
  readonly tree: string;
  readonly at: number;
}

async function replayOne(
  harness: Harness,
  step: ReplayStep,
): Promise<
  Result<
    | { readonly kind: 'put'; readonly onto: Commit; readonly tree: string }
    | (Combined & { readonly kind: 'conflicts' }),
    GitError
  >
> {
  const { commit, parent, onto, at } = step;
  const theirs = await treeOf(harness, commit);
  if (!theirs.ok) return theirs;
  // The commit's own parent is the base of the merge, whatever the histories have in common.
  const merged = await mergeTrees(harness, { base: parent, ours: step.tree, theirs: theirs.value, at });
  if (!merged.ok) return merged;
  const { tree, conflicts } = merged.value;
  const shown = await harness.line([
    'log',
    '-1',
    '--no-show-signature',
    '--format=%an%n%ae%n%at%n%B',
    commit,
  ]);
  if (!shown.ok) return shown;
  const [name = '', email = '', date = '', ...message] = shown.value.split('\n');
  if (conflicts !== null) {
    return ok({ kind: 'conflicts', files: conflicts, tree, at: { commit, subject: message[0] ?? '' } });
  }
  if (tree === step.tree) return ok({ kind: 'put', onto, tree });
  const made = await harness.line(['commit-tree', tree, '-p', onto], {
    stdin: `${message.join('\n')}\n`,
    env: {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: `@${date} +0000`,
      GIT_COMMITTER_DATE: `@${at} +0000`,
    },
  });
  return made.ok ? ok({ kind: 'put', onto: made.value, tree }) : made;
}

const MOST_COMMITS = 5;

/** Commits of the branch that touch these files and that the result does not know, newest first. */
export async function othersCommits(
  harness: Harness,
  sides: { readonly onto: Commit; readonly commit: Commit },
  files: readonly string[],
): Promise<readonly CommitLine[]> {
  if (files.length === 0) return [];
  const args = ['log', `-${MOST_COMMITS}`, '--no-show-signature', '-z', '--format=%H %s', sides.onto];
  const logged = await harness.run([...args, `^${sides.commit}`, '--', ...files.slice(0, 200)]);
  if (!logged.ok) return [];
  return text(logged.value)
    .split('\0')
    .filter(Boolean)
    .map((line) => ({
      commit: line.slice(0, line.indexOf(' ')),
      subject: line.slice(line.indexOf(' ') + 1),
    }));
}
