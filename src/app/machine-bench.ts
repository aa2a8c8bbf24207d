/** One thing measured in a row with what bounds it on this machine. */
export interface Measured {
  readonly id: 'durable-event' | 'checkpoint' | 'signal' | 'agent';
  /** In a reader's words. */
  readonly title: string;
  readonly unit: 'ms' | 'µs';
  readonly samples: readonly number[];
  /** What the machine takes for the part that nobody can leave out, in turns with the samples. */
  readonly limit: { readonly title: string; readonly samples: readonly number[] };
}

export interface MachineBenchRequest {
  /** Environment of the user; it says where state lies, and that disk is measured. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the built programs. */
  readonly programs: string;
  readonly signal: AbortSignal;
  readonly onMeasured: (measured: Measured) => void;
}

/** A few seconds of the product's own parts on this machine; leaves nothing behind. Rejects when one fails. */
export type RunMachineBench = (request: MachineBenchRequest) => Promise<void>;
