/** What one kind of fault did to the product, and whether that is good enough. */

export interface Orphans {
  readonly process: number;
  readonly worktree: number;
  readonly lock: number;
  readonly socket: number;
  readonly port: number;
}

export const NO_ORPHANS: Orphans = { process: 0, worktree: 0, lock: 0, socket: 0, port: 0 };

export interface Tally {
  /** What was done to it: kills, freezes, flipped bits, full disks. */
  faults: number;
  /** Events that somebody had been told of, or that were on disk, before the faults. */
  acknowledged: number;
  lost: number;
  duplicated: number;
  orphans: Orphans;
  /** Everything else that went wrong, each with what it takes to repeat it. */
  readonly failures: string[];
  /** Measured figures for people. */
  readonly notes: string[];
}

export interface SoakOptions {
  readonly rounds: number;
  readonly seed: number;
  /** A part of what there is to try, to see that everything runs. */
  readonly short: boolean;
  readonly say: (text: string) => void;
}

export interface Soak {
  /** The letter that `--only` takes. */
  readonly id: string;
  readonly title: string;
  readonly rounds: number;
  /** Acknowledged events for each fault below which the run proves nothing. */
  readonly floor: number;
  run(options: SoakOptions): Promise<Tally | { readonly skipped: string }>;
}

export const newTally = (): Tally => ({
  faults: 0,
  acknowledged: 0,
  lost: 0,
  duplicated: 0,
  orphans: NO_ORPHANS,
  failures: [],
  notes: [],
});

export function addOrphans(left: Orphans, right: Orphans): Orphans {
  return {
    process: left.process + right.process,
    worktree: left.worktree + right.worktree,
    lock: left.lock + right.lock,
    socket: left.socket + right.socket,
    port: left.port + right.port,
  };
}

const sum = (orphans: Orphans): number => Object.values(orphans).reduce((all, each: number) => all + each, 0);

/** Why a line does not count as passed; nothing when it does. */
export function complaints(tally: Tally, floor: number): readonly string[] {
  const share = tally.acknowledged / tally.faults;
  return [
    ...(tally.lost > 0 ? [`${tally.lost} acknowledged events are lost`] : []),
    ...(tally.duplicated > 0 ? [`${tally.duplicated} events are there twice`] : []),
    ...(sum(tally.orphans) > 0 ? [`${sum(tally.orphans)} orphans are left`] : []),
    ...tally.failures,
    ...(tally.faults > 0 && share >= floor
      ? []
      : [`${tally.acknowledged} acknowledged for ${tally.faults} faults, at least ${floor} each are needed`]),
  ];
}

export function asLine(id: string, title: string, tally: Tally): string {
  const { process, worktree, lock, socket, port } = tally.orphans;
  const share = tally.faults === 0 ? 0 : tally.acknowledged / tally.faults;
  return [
    `${id}  ${title}:`,
    `kills ${tally.faults}, acknowledged ${tally.acknowledged} (${share.toFixed(1)} each),`,
    `lost ${tally.lost}, duplicated ${tally.duplicated},`,
    `orphans (process ${process}, worktree ${worktree}, lock ${lock}, socket ${socket}, port ${port})`,
    ...tally.notes.map((note) => `\n   ${note}`),
  ].join(' ');
}
