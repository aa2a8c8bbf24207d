import { l10n } from 'vscode';
import type { Collision } from '../app/review/live-collisions.ts';
import { visible } from './words.ts';

/** `backend-1 and backend-2 both change src/auth.ts, lines 10–24 overlap` */
export function collisionText({ path, agents, kind, lines }: Collision): string {
  const names = agents.slice(0, -1).join(', ');
  const who = l10n.t('{0} and {1}', names, agents.at(-1) ?? '');
  const changes =
    agents.length === 2
      ? l10n.t('{0} both change {1}', who, visible(path))
      : l10n.t('{0} all change {1}', who, visible(path));
  if (kind === 'unknown') return changes;
  if (kind === 'apart') return l10n.t('{0}, in different places', changes);
  const where = lines.map(({ first, last }) => (first === last ? `${first}` : `${first}–${last}`)).join(', ');
  return l10n.t('{0}, lines {1} overlap', changes, where);
}
