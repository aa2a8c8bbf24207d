import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { IterationStanding } from '../../app/review/iteration-standings.ts';
import { Emitter } from '../../base/emitter.ts';
import { markedCount, markLines } from '../mark-words.ts';
import { joined } from '../words.ts';
import type { ReviewContext, ReviewRow, ReviewSection } from './section.ts';

const fold = vscode.TreeItemCollapsibleState;

const percent = (share: number): string => `${Math.floor(share * 100)} %`;

/** What was measured of it, in a few words. */
export function standingText({ passRate, score, findings, marked }: IterationStanding): string {
  return joined([
    passRate === null ? l10n.t('no evidence') : l10n.t('tests {0}', percent(passRate)),
    score === null ? l10n.t('not reviewed') : l10n.t('consensus {0}', score.toFixed(2)),
    findings ? l10n.t('{0} findings', findings) : null,
    markedCount(marked),
  ]);
}

/** Why it is worse than the best one before it; null when it is not. */
export function regressionText({ regression }: IterationStanding): string | null {
  if (!regression) return null;
  const { since, passRate, commands } = regression;
  if (commands.length > 0)
    return l10n.t('regressed: {0} passed in iteration {1}', commands.join(', '), since);
  if (!passRate) return null;
  const [was, is] = [percent(passRate.was), percent(passRate.is)];
  return l10n.t('regressed: tests {0}, in iteration {1} {2}', is, since, was);
}

/** Of an iteration, as the commands of its menu get it. */
export interface IterationRow extends ReviewRow {
  readonly taskId: string;
  readonly iteration: number;
}

function iterationRow(taskId: string, standing: IterationStanding): IterationRow {
  const { iteration, isBest, commit } = standing;
  const id = `iterations/${taskId}/${iteration}`;
  const row: IterationRow = {
    id,
    taskId,
    iteration,
    item: () => {
      const item = new vscode.TreeItem(l10n.t('Iteration {0}', iteration), fold.None);
      const regression = regressionText(standing);
      const said = joined([isBest ? l10n.t('best') : null, regression, standingText(standing)]);
      item.id = id;
      item.description = said;
      item.tooltip = [joined([commit.slice(0, 12), said]), ...markLines(standing.marked)].join('\n');
      item.contextValue = 'iteration';
      item.accessibilityInformation = { label: `${l10n.t('Iteration {0}', iteration)}, ${said}` };
      item.iconPath = new vscode.ThemeIcon(
        isBest ? 'star-full' : regression ? 'warning' : 'git-commit',
        isBest
          ? new vscode.ThemeColor('charts.yellow')
          : regression
            ? new vscode.ThemeColor('list.warningForeground')
            : undefined,
      );
      const title = l10n.t('Open Changes');
      item.command = { command: 'cfn.showIterationDiff', title, arguments: [{ taskId, iteration }] };
      return item;
    },
  };
  return row;
}

/** The iterations of the loop in the review, newest first, with the best one and those that fell back. */
export function createIterationRows({ front, subjects }: ReviewContext): ReviewSection {
  const changed = new Emitter<void>();
  let shown: { readonly taskId: string; readonly standings: readonly IterationStanding[] } | null = null;

  async function read(): Promise<void> {
    const subject = subjects.current;
    const service = await front.loops.service();
    if (!subject || !service.ok || !service.value.review) return;
    const standings = await service.value.review.standings(subject.taskId);
    if (subjects.current !== subject || !standings.ok) return;
    shown = { taskId: subject.taskId, standings: standings.value };
    changed.fire();
  }

  /** A commit is reviewed as soon as it is combined; what is measured of it comes later. */
  function figures(): string {
    const view = subjects.current && front.loops.view(subjects.current.taskId);
    return JSON.stringify(
      view?.iterations.map(({ number, passRate, score, findings }) => [number, passRate, score, findings]),
    );
  }
  let measured = figures();
  const listening = [
    subjects.onChange(() => void read()),
    front.loops.onChange(() => {
      const now = figures();
      if (now === measured) return;
      measured = now;
      void read();
    }),
  ];
  void read();
  return {
    heading: (subject) => {
      const all = shown;
      if (!subject || all?.taskId !== subject.taskId || all.standings.length < 2) return null;
      return {
        id: 'iterations',
        item: () => {
          const best = all.standings.find(({ isBest }) => isBest);
          const item = new vscode.TreeItem(l10n.t('Iterations'), fold.Collapsed);
          item.id = 'iterations';
          item.description = best ? l10n.t('best: {0}', best.iteration) : '';
          return item;
        },
        children: () => all.standings.toReversed().map((each) => iterationRow(all.taskId, each)),
      };
    },
    summary: () => '',
    onChange: changed.event,
    dispose: () => {
      for (const each of listening) each.dispose();
      changed.dispose();
    },
  };
}
