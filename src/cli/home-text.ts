import { plural } from '../app/health/health-report.ts';
import type { HomeReport } from '../app/bring-home/home-service.ts';
import type { HomePreview, Integration, Obstacle } from '../ports/home-git.ts';
import { printable } from './io.ts';

const MOST_LISTED = 20;

/** What bringing a result home would do, or why it does not, with the ways out. */
export function homeLines(report: HomeReport): string {
  const { preview, revised, restored } = report;
  const lines = [
    ...verdictLines(report),
    ...(preview.verdict.kind === 'clean' && preview.obstacle ? obstacleLines(report, preview.obstacle) : []),
    ...(restored === null
      ? []
      : [`It is the work of iteration ${restored}, which a person restored as the result.`]),
    ...(revised ? ['A person changed the result after its evidence ran; it is not verified as it is.'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function verdictLines({ taskId, intent, preview }: HomeReport): readonly string[] {
  const { verdict } = preview;
  const name = printable(preview.branch ?? 'HEAD');
  switch (verdict.kind) {
    case 'contained':
      return [`${name} has the result of ${taskId} already.`];
    case 'nothing':
      return [`${name} has the same files as the result of ${taskId}; there is nothing to do.`];
    case 'conflicts':
      return [
        `${taskId} and ${name} changed the same lines; nothing was done.`,
        ...listed(verdict.files.map(printable)),
        `Of the loop: ${printable(intent)}${verdict.at ? ` (commit ${verdict.at.commit.slice(0, 12)})` : ''}`,
        ...verdict.theirs.map(
          ({ commit, subject }) => `Of ${name}: ${commit.slice(0, 12)} ${printable(subject)}`,
        ),
        `Let the crew resolve them: cfn merge ${taskId} --resolve; or by hand: git merge cfn/${taskId}/result`,
      ];
    case 'clean': {
      const { files } = verdict;
      return [
        whatHappens(taskId, preview),
        `${plural(files.length, 'file')}, +${sum(files, 'added')} −${sum(files, 'removed')}`,
        ...listed(files.map(({ path, status }) => `${status} ${printable(path)}`)),
      ];
    }
  }
}

const sum = (files: readonly { added: number | null; removed: number | null }[], side: 'added' | 'removed') =>
  files.reduce((total, file) => total + (file[side] ?? 0), 0);

/** As many as one reads, and how many more there are. */
export function listed(lines: readonly string[]): readonly string[] {
  const rest = lines.length - MOST_LISTED;
  return [
    ...lines.slice(0, MOST_LISTED).map((line) => `  ${line}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}

const DONE_BY: Readonly<Record<HomePreview['way'], string>> = {
  merge: 'a merge commit',
  squash: 'one commit',
  rebase: 'its commits on top',
  apply: 'uncommitted files',
};

function whatHappens(taskId: string, { way, branch, newBranch, checkout }: HomePreview): string {
  const place =
    way === 'apply'
      ? 'the working tree'
      : newBranch === null
        ? printable(branch ?? 'HEAD')
        : `the new branch ${printable(newBranch)}`;
  const files = { untouched: ' Your files stay.', moves: ' Your checkout follows.', edited: '' }[checkout];
  return `${taskId} comes to ${place} as ${DONE_BY[way]}.${files}`;
}

const obstacleLines = ({ taskId }: HomeReport, obstacle: Obstacle): readonly string[] =>
  obstacleText(obstacle, `cfn merge ${taskId} --branch NAME`, `cfn merge ${taskId} --rescue`);

/** `toBranch` and `rescue` are the ways around it, as one types them. */
export function obstacleText(obstacle: Obstacle, toBranch: string, rescue: string): readonly string[] {
  switch (obstacle.kind) {
    case 'dirty':
      return [
        'It is refused: these files have uncommitted changes.',
        ...listed(obstacle.paths.map(printable)),
        `Commit them, or: ${toBranch}, or: ${rescue} (undone together).`,
      ];
    case 'ignored':
      return [
        'It is refused: files that git ignores lie where new ones would be written.',
        ...listed(obstacle.paths.map(printable)),
        `Move them away, or: ${toBranch}`,
      ];
    case 'operation':
      return [`It is refused: a ${obstacle.operation} is under way; end or abort it, or take --branch NAME.`];
    case 'elsewhere':
      return [
        `It is refused: the branch is checked out in ${printable(obstacle.path)}; run cfn merge there, or take --branch NAME.`,
      ];
  }
}

/** One sentence of what was done or taken back. */
export function integrationLine(integration: Integration): string {
  const { taskId, state, way, rescued } = integration;
  const where = printable(placeOf(integration));
  if (state === 'undone') return `${taskId}: undone, ${where} is as it was.`;
  if (way === 'push') return `${taskId} was pushed to ${where}.`;
  if (way === 'discard') return `${where} was removed; cfn merge ${taskId} --undo brings it back.`;
  const kept = rescued === null ? '' : ` What was uncommitted is in ${rescued.ref}.`;
  return `${taskId} is in ${where}; cfn merge ${taskId} --undo takes it back.${kept}`;
}

function placeOf({ ref, pushed }: Integration): string {
  if (pushed) return `${pushed.branch} at ${pushed.remote}`;
  return ref === null ? 'the working tree' : ref.name.replace(/^refs\/heads\//, '');
}
