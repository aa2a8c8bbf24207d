import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { profileNotes } from '../../app/crew-profiles.ts';
import type { StartPlan } from '../../app/loop-service.ts';
import type { Front } from '../front.ts';

const START = l10n.t('Start Loop');
const QUEUE = l10n.t('Queue Behind Running Loops');
const ATTACH = l10n.t('Attach Files or Images…');
const PROPOSE = l10n.t('Propose Parts…');
const SHOW_PROFILES = l10n.t('Show Profiles');
const SHOW_PROMPTS = l10n.t('Show Prompts and Cost');

/** What a person wants of a planned start; null: nothing. */
export type Agreed = 'start' | 'queue' | 'attach' | 'propose' | null;

const AGREED: Readonly<Record<string, Agreed>> = {
  [START]: 'start',
  [QUEUE]: 'queue',
  [ATTACH]: 'attach',
  [PROPOSE]: 'propose',
};

/**
 * `busy`: other loops run or wait, so this one may wait too. A split without parts may be given some first. Profiles came with the repository, so a person can read
 * their text before any agent does.
 */
export async function agreeToStart(
  front: Front,
  plan: StartPlan,
  { detail, busy }: { readonly detail: string; readonly busy: boolean },
): Promise<Agreed> {
  const paths = new Set(profileNotes(plan.request.crew).map(({ path }) => path));
  const actions = [
    START,
    ...(busy ? [QUEUE] : []),
    ...(isUnsplit(plan) ? [PROPOSE] : []),
    ATTACH,
    SHOW_PROMPTS,
    ...(paths.size > 0 ? [SHOW_PROFILES] : []),
  ];
  const action = await front.messages.choose(l10n.t('Start this loop?'), detail, actions);
  if (action === SHOW_PROMPTS) return (await readPrompts(front, plan)) ? 'start' : null;
  if (action !== SHOW_PROFILES) return AGREED[action ?? ''] ?? null;
  const core = await front.loops.core();
  const profiles = await core.profiles({ repository: plan.request.folder });
  for (const { path, shownPath } of profiles) {
    if (paths.has(shownPath)) await vscode.window.showTextDocument(vscode.Uri.file(path), { preview: false });
  }
  // A dialog would lie over the text.
  const started = await front.messages.offer(
    l10n.t('The loop is not started yet; its profiles are open.'),
    START,
  );
  return started ? 'start' : null;
}

/** All implementers of the split would get the whole task. */
const isUnsplit = ({ request }: StartPlan): boolean =>
  request.strategy === 'split' &&
  request.parts.every(({ task, files }) => task === request.description && files.length === 0);

async function readPrompts(front: Front, plan: StartPlan): Promise<boolean> {
  const opened = await front.loops.service();
  if (!opened.ok) {
    front.messages.failed(opened.error);
    return false;
  }
  const { showDryRun } = await import('../loop-tools/loop-tools.ts');
  if (!(await showDryRun(front, opened.value, plan))) return false;
  return front.messages.offer(l10n.t('The loop is not started yet; what it would do is open.'), START);
}
