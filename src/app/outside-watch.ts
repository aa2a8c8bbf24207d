import type { OutsideSnapshot, Repository } from '../ports/worktrees.ts';
import type { Report } from '../domain/loop/commands.ts';
import { LoopFault } from './loop-deps.ts';

/**
 * Compares what lies outside the agents' worktrees with the last picture of it. One look at a time, since a
 * look restores what is guarded, and each change is told once.
 */
export class OutsideWatch {
  private picture: OutsideSnapshot | null;
  private turn: Promise<unknown> = Promise.resolve();
  private readonly repository: Repository;

  constructor(repository: Repository, pictureId: string | null) {
    this.repository = repository;
    this.picture = pictureId === null ? null : { id: pictureId };
  }

  /** Takes the first picture and gives its id. */
  async begin(): Promise<string> {
    const taken = await this.repository.lookOutside();
    if (!taken.ok) throw new LoopFault(taken.error.message);
    this.picture = taken.value;
    return taken.value.id;
  }

  /** What changed since the last look: guarded changes, which were restored, apart from the others. */
  look(): Promise<readonly (Report & { type: 'OutsideChanged' })[]> {
    const look = this.turn.then(() => this.compare());
    this.turn = look.catch(() => undefined);
    return look;
  }

  private async compare(): Promise<readonly (Report & { type: 'OutsideChanged' })[]> {
    if (!this.picture) return [];
    const compared = await this.repository.compareOutside(this.picture);
    if (!compared.ok) throw new LoopFault(compared.error.message);
    if (compared.value.length === 0) return [];
    const next = await this.repository.lookOutside();
    if (!next.ok) throw new LoopFault(next.error.message);
    this.picture = next.value;
    const reports = [true, false].flatMap((guarded) => {
      const changes = compared.value
        .filter((change) => change.guarded === guarded)
        .map((change) => change.what);
      return changes.length > 0 ? [{ type: 'OutsideChanged' as const, changes, guarded }] : [];
    });
    // With the last of them: before that, a restart has to look again.
    return reports.map((report, index) =>
      index === reports.length - 1 ? { ...report, picture: next.value.id } : report,
    );
  }
}
