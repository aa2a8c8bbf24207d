import type { OutsideSnapshot, Repository } from '../ports/worktrees.ts';
import type { Report } from '../domain/loop/commands.ts';
import { LoopFault } from './loop-deps.ts';

type OutsideReport = Report & { readonly type: 'OutsideChanged' };

/**
 * Compares what lies outside the agents' worktrees with the last picture of it. One look at a time, since a
 * look restores what is guarded, and each change is told once.
 */
export class OutsideWatch {
  private picture: OutsideSnapshot | null;
  private turn: Promise<unknown> = Promise.resolve();
  private readonly repository: Repository;
  private readonly ownEdits: () => readonly string[];

  /** `ownEdits`: what the person changed in the editor since the last look. */
  constructor(repository: Repository, pictureId: string | null, ownEdits: () => readonly string[]) {
    this.repository = repository;
    this.picture = pictureId === null ? null : { id: pictureId };
    this.ownEdits = ownEdits;
  }

  /** Takes the first picture and gives its id. */
  async begin(): Promise<string> {
    const taken = await this.repository.lookOutside();
    if (!taken.ok) throw new LoopFault(taken.error.message);
    this.picture = taken.value;
    return taken.value.id;
  }

  /** What changed since the last look: guarded changes, which were restored, apart from the others. */
  look(): Promise<readonly OutsideReport[]> {
    const look = this.turn.then(() => this.compare());
    this.turn = look.catch(() => undefined);
    return look;
  }

  private async compare(): Promise<readonly OutsideReport[]> {
    if (!this.picture) return [];
    const own = this.ownEdits();
    const compared = await this.repository.compareOutside(this.picture, own);
    if (!compared.ok) throw new LoopFault(compared.error.message);
    if (compared.value.length === 0) {
      // They were undone; the next change of these files may be somebody else's.
      return own.length > 0
        ? [{ type: 'OutsideChanged', changes: [], guarded: false, picture: this.picture.id, own }]
        : [];
    }
    const next = await this.repository.lookOutside();
    if (!next.ok) throw new LoopFault(next.error.message);
    this.picture = next.value;
    const changesOf = (guarded: boolean) =>
      compared.value
        .filter((change) => change.guarded === guarded && !change.own)
        .map((change) => change.what);
    const [guarded, others] = [changesOf(true), changesOf(false)];
    const seen = { picture: next.value.id, ...(own.length > 0 ? { own } : {}) };
    // The picture comes with the last of them: before that, a restart has to look again.
    if (guarded.length === 0) return [{ type: 'OutsideChanged', changes: others, guarded: false, ...seen }];
    if (others.length === 0) return [{ type: 'OutsideChanged', changes: guarded, guarded: true, ...seen }];
    return [
      { type: 'OutsideChanged', changes: guarded, guarded: true },
      { type: 'OutsideChanged', changes: others, guarded: false, ...seen },
    ];
  }
}
