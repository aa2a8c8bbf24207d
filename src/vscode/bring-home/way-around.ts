import { l10n } from 'vscode';
import type { HomePreview } from '../../ports/home-git.ts';
import type { Front } from '../front.ts';
import { askNewBranch } from './choose-way.ts';
import { obstacleText } from './home-words.ts';

export interface Blocked {
  readonly title: string;
  readonly preview: HomePreview | null;
  readonly rescueFirst: boolean;
  /** Offered as the name of a new branch; null where no branch can take the outcome. */
  readonly branch: string | null;
}

/** Nothing is written over what is uncommitted: it goes to a new branch, or is kept under a rescue ref first. */
export async function askWayAround(
  front: Front,
  { title, preview, rescueFirst, branch }: Blocked,
): Promise<{ readonly rescueFirst: true } | { readonly newBranch: string } | null> {
  const toBranch = l10n.t('To a New Branch…');
  const rescue = l10n.t('Rescue Them First');
  const answer = await front.messages.choose(title, preview ? obstacleText(preview) : '', [
    ...(branch === null ? [] : [toBranch]),
    ...(preview?.obstacle?.kind === 'dirty' && !rescueFirst ? [rescue] : []),
  ]);
  if (answer === rescue) return { rescueFirst: true };
  const newBranch = answer === undefined || branch === null ? undefined : await askNewBranch(branch);
  return newBranch ? { newBranch } : null;
}
