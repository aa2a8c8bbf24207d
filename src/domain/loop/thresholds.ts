import type { LoopConfig } from './config.ts';
import type { EventOf, Thresholds } from './events.ts';
import type { LoopState } from './state.ts';

/** How many iterations there may be counts at once, the rest from the next iteration on. */
export function thresholdsChanged(state: LoopState, event: EventOf<'ThresholdsChanged'>): LoopState {
  const { gate, consensus, maxIterations } = event;
  const later = {
    ...(gate === undefined ? {} : { gate }),
    ...(consensus === undefined ? {} : { consensus }),
  };
  const config = maxIterations === undefined ? state.config : { ...state.config, maxIterations };
  return { ...state, config, nextThresholds: { ...state.nextThresholds, ...later } };
}

export const withThresholds = (config: LoopConfig, { gate, consensus }: Thresholds): LoopConfig => ({
  ...config,
  gateThreshold: gate ?? config.gateThreshold,
  consensusThreshold: consensus ?? config.consensusThreshold,
});
