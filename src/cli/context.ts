import type { Core } from '../app/core.ts';
import type { RunMachineBench } from '../app/machine-bench.ts';
import type { LoopError, LoopService } from '../app/loop-service.ts';
import type { Disposable } from '../base/emitter.ts';
import type { DetectedAgent } from '../ports/agent-provider.ts';
import type { OpenComposePlace } from '../ports/compose-place.ts';
import type { OpenStore } from '../ports/store-commands.ts';
import { EXIT, refuse, type CliIo, type DetachSignal, type Exit } from './io.ts';

export type InterruptSignal = 'SIGINT' | DetachSignal;

/** Of the machine, for one command. */
export interface MachineLimits {
  /** US dollars. */
  readonly budgetPerDay?: number;
}

/** What a verb needs of its process. */
export interface CliContext {
  readonly io: CliIo;
  /** Folder of the built programs. */
  readonly programs: string;
  /** The separately built core; loaded once a command turned out to be right. */
  loadCore(limits?: MachineLimits): Promise<Core>;
  /** What `cfn bench` measures, built separately too. */
  loadBench(): Promise<RunMachineBench>;
  /** A connection to a coordination store, for the verbs that scripts call often. */
  readonly openStore: OpenStore;
  /** What Compose files are made of. */
  readonly openComposePlace: OpenComposePlace;
  /** While somebody listens, these signals do not end the process by themselves. */
  onSignal(listener: (signal: InterruptSignal) => void): Disposable;
  /** Ends the process at once, with whatever is still going on. */
  leaveNow(code: number): void;
}

/** A process whose core keeps to these limits in place of those that the user has set. */
export const under = (context: CliContext, limits: MachineLimits): CliContext => ({
  ...context,
  loadCore: () => context.loadCore(limits),
});

/** Opens the repository around `folder`, and lets go of everything afterwards. */
export async function withRepository(
  context: CliContext,
  folder: string,
  use: (service: LoopService, core: Core) => Promise<Exit>,
): Promise<Exit> {
  const core = await context.loadCore();
  try {
    const service = await core.openRepository(folder);
    if (!service.ok) return failed(context.io, service.error);
    return await use(service.value, core);
  } finally {
    await core.dispose();
  }
}

/** The agent CLIs that are here. The scripted demo agents always are, and are none. */
export async function foundClis(core: Core): Promise<readonly DetectedAgent[]> {
  return (await core.agents()).filter(isFound);
}

export const isFound = ({ id, path }: DetectedAgent): boolean => path !== null && id !== 'demo';

/** Tells a failure of the service; wrong input and wrong states end with 2. */
export function failed(io: CliIo, error: LoopError): number {
  refuse(io, error.message);
  return error.kind === 'internal' ? EXIT.internal : EXIT.usage;
}
