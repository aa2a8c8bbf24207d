import { deferred } from '../base/deferred.ts';
import type { Disposable } from '../base/emitter.ts';
import type { CliContext } from './context.ts';
import { EXIT, type DetachSignal } from './io.ts';

/**
 * Ctrl+C cancels the loop, a second one leaves at once; TERM and HUP let go of it. Signals that come
 * before there is a loop are kept until somebody can act on them.
 */
export interface Interruptions extends Disposable {
  /** Acts on Ctrl+C from now on, and at once if it came already. */
  attach(loop: { cancel(): void }): void;
  /** True when Ctrl+C came while nothing was started yet. */
  readonly cancelled: boolean;
  /** Resolves with the signal that lets go of the loop. */
  readonly detached: Promise<DetachSignal>;
  readonly detachedBy: DetachSignal | null;
  /** Aborted by any of these signals, so that a question is withdrawn. */
  readonly signal: AbortSignal;
  interrupt(): void;
}

export function watchInterruptions(context: CliContext): Interruptions {
  const controller = new AbortController();
  let presses = 0;
  let loop: { cancel(): void } | null = null;
  let detachedBy: DetachSignal | null = null;
  const { promise: detached, resolve: detach } = deferred<DetachSignal>();

  const interrupt = () => {
    presses += 1;
    controller.abort();
    if (presses > 1) context.leaveNow(EXIT.cancelled);
    else loop?.cancel();
  };
  const subscription = context.onSignal((signal) => {
    if (signal === 'SIGINT') return interrupt();
    detachedBy ??= signal;
    controller.abort();
    detach(signal);
  });
  return {
    attach: (attached) => {
      loop = attached;
      if (presses > 0) attached.cancel();
    },
    get cancelled() {
      return presses > 0;
    },
    get detachedBy() {
      return detachedBy;
    },
    detached,
    signal: controller.signal,
    interrupt,
    dispose: () => subscription.dispose(),
  };
}
