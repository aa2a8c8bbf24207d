/** Bringing home in words; pure, so that every word can be tested. */
import { l10n } from 'vscode';
import type { HomeChoice, HomeReport } from '../../app/bring-home/home-service.ts';
import type { HomePreview, Integration } from '../../ports/home-git.ts';
import { visible } from '../words.ts';

/** A dialog holds so many lines; the rest is counted. */
export const LISTED = 12;

type Way = HomeChoice['way'];

/** In the order of a list. */
export const WAYS = ['merge', 'squash', 'rebase', 'apply'] as const satisfies readonly Way[];

export const WAY_WORDS: Readonly<Record<Way, { readonly label: string; readonly description: string }>> = {
  merge: { label: l10n.t('$(git-merge) Merge'), description: l10n.t('a merge commit') },
  squash: { label: l10n.t('$(fold) Squash'), description: l10n.t('one new commit') },
  rebase: { label: l10n.t('$(git-commit) Rebase'), description: l10n.t('its commits on top of the branch') },
  apply: {
    label: l10n.t('$(edit) Apply to My Working Tree'),
    description: l10n.t('changed files, nothing committed'),
  },
};

const sum = (files: readonly { added: number | null; removed: number | null }[], side: 'added' | 'removed') =>
  files.reduce((total, file) => total + (file[side] ?? 0), 0);

const branchOf = ({ branch }: HomePreview): string => visible(branch ?? 'HEAD');

/** As many as a dialog holds, and how many more there are. */
export function listed(lines: readonly string[], most = LISTED): string {
  const some = lines.slice(0, most).map((line) => `  ${line}`);
  return lines.length > most
    ? [...some, `  ${l10n.t('and {0} more', lines.length - most)}`].join('\n')
    : some.join('\n');
}

/** One line of what a way would do now. */
export function shortVerdict({ preview }: HomeReport): string {
  const { verdict, obstacle } = preview;
  switch (verdict.kind) {
    case 'contained':
      return l10n.t('nothing to do: {0} has it already', branchOf(preview));
    case 'nothing':
      return l10n.t('nothing to do: {0} has the same files', branchOf(preview));
    case 'conflicts':
      return l10n.t('conflicts in {0}', verdict.files.slice(0, 3).map(visible).join(', '));
    case 'clean': {
      const { files } = verdict;
      const size = l10n.t('{0} files, +{1} −{2}', files.length, sum(files, 'added'), sum(files, 'removed'));
      return obstacle ? `${size} · ${shortObstacle(obstacle)}` : `${size} · ${checkoutText(preview)}`;
    }
  }
}

function shortObstacle(obstacle: NonNullable<HomePreview['obstacle']>): string {
  switch (obstacle.kind) {
    case 'dirty':
      return l10n.t(
        'stopped by uncommitted changes in {0}',
        obstacle.paths.slice(0, 3).map(visible).join(', '),
      );
    case 'ignored':
      return l10n.t('stopped by ignored files: {0}', obstacle.paths.slice(0, 3).map(visible).join(', '));
    case 'operation':
      return l10n.t('stopped: a {0} is under way', obstacle.operation);
    case 'elsewhere':
      return l10n.t('stopped: checked out in {0}', visible(obstacle.path));
  }
}

function checkoutText(preview: HomePreview): string {
  switch (preview.checkout) {
    case 'untouched':
      return l10n.t('your checkout stays as it is');
    case 'moves':
      return l10n.t('your checkout follows; other uncommitted files stay');
    case 'edited':
      return l10n.t('your files change, index and branch stay');
  }
}

/** Everything that is to know before one agrees. */
export function previewText(report: HomeReport): string {
  const { preview, revised, restored } = report;
  const { verdict } = preview;
  const files = verdict.kind === 'clean' ? verdict.files : [];
  const place =
    preview.newBranch === null
      ? l10n.t('Goes to {0}.', preview.way === 'apply' ? l10n.t('the working tree') : branchOf(preview))
      : l10n.t('Goes to the new branch {0}.', visible(preview.newBranch));
  return [
    `${place} ${shortVerdict(report)}.`,
    listed(files.map(({ path, status }) => `${status} ${visible(path)}`)),
    ...(restored === null
      ? []
      : [l10n.t('It is the work of iteration {0}, which was restored as the result.', restored)]),
    ...(revised
      ? [
          l10n.t(
            'A person changed the result after its evidence ran; as it is, it is not verified by evidence.',
          ),
        ]
      : []),
    l10n.t('It can be undone as long as nothing is built on it. Hooks are not run.'),
  ].join('\n\n');
}

/** Where there is nothing to do. */
export const verdictText = (report: HomeReport): string => `${report.taskId}: ${shortVerdict(report)}.`;

export function obstacleText({ obstacle }: Pick<HomePreview, 'obstacle'>): string {
  if (!obstacle) return '';
  const paths = 'paths' in obstacle ? [listed(obstacle.paths.map(visible))] : [];
  return [`${shortObstacle(obstacle)}.`, ...paths, ...hintOf(obstacle)].join('\n\n');
}

function hintOf(obstacle: NonNullable<HomePreview['obstacle']>): readonly string[] {
  switch (obstacle.kind) {
    case 'dirty':
      return [
        l10n.t(
          'Commit them, take a new branch, or rescue them: they are kept below refs/cfn/rescue/ and come back with an undo.',
        ),
      ];
    case 'ignored':
      return [l10n.t('Ignored files are never replaced: move them away, or take a new branch.')];
    case 'operation':
      return [l10n.t('End or abort it, or take a new branch.')];
    case 'elsewhere':
      return [l10n.t('Open that folder to bring it home there, or take a new branch.')];
  }
}

/** The two intents of a conflict. */
export function conflictText({ intent, preview }: HomeReport): string {
  const { verdict } = preview;
  if (verdict.kind !== 'conflicts') return '';
  const theirs = verdict.theirs.map(({ commit, subject }) => `${commit.slice(0, 10)} ${visible(subject)}`);
  return [
    l10n.t('Both sides changed the same lines; nothing was done.'),
    listed(verdict.files.map(visible)),
    l10n.t('The loop: {0}', visible(intent)),
    l10n.t('{0}:', branchOf(preview)),
    listed(theirs.length > 0 ? theirs : [l10n.t('no commit of its own in these files')]),
  ].join('\n');
}

function placeOf({ ref, pushed }: Integration): string {
  if (pushed) return l10n.t('{0} at {1}', visible(pushed.branch), visible(pushed.remote));
  return ref === null ? l10n.t('the working tree') : visible(ref.name.replace(/^refs\/heads\//, ''));
}

export function doneText(integration: Integration): string {
  const place = placeOf(integration);
  if (integration.way === 'discard') return l10n.t('{0} was removed; its commits are kept.', place);
  const { taskId, rescued } = integration;
  return rescued === null
    ? l10n.t('{0} is in {1}.', taskId, place)
    : l10n.t('{0} is in {1}. What was uncommitted is kept in {2}.', taskId, place, rescued.ref);
}

export const undoneText = (integration: Integration): string =>
  l10n.t('Undone: {0} is as it was.', placeOf(integration));
