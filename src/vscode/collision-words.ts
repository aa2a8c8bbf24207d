import { l10n } from 'vscode';
import type { Collision, Trespass } from '../app/review/live-collisions.ts';
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

/** `web changes src/api/users.ts, which is api's part`, `web changes 12 files outside its own part, such as a.md` */
export function trespassText({ agentId, owners, paths }: Trespass): string {
  const first = visible(paths[0] ?? '');
  const whose = owners.join(', ');
  if (owners.length > 0) {
    return paths.length === 1
      ? l10n.t('{0} changes {1}, which is in the part of {2}', agentId, first, whose)
      : l10n.t('{0} changes {1} files in the part of {2}, such as {3}', agentId, paths.length, whose, first);
  }
  return paths.length === 1
    ? l10n.t('{0} changes {1}, outside its own part', agentId, first)
    : l10n.t('{0} changes {1} files outside its own part, such as {2}', agentId, paths.length, first);
}
