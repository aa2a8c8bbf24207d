import type { LoopConfig } from '../domain/loop/config.ts';
import type { LoopEvent } from '../domain/loop/events.ts';
import type { EvidenceRunner } from '../ports/evidence-runner.ts';
import { rewriteHandOvers } from './effects/rewrite-hand-overs.ts';
import { createKeyProjection, type KeyProjection } from './key-projection.ts';
import type { LoopDeps, LoopScope } from './loop-deps.ts';

export interface ScopeOptions {
  /** Of whoever holds the loop; 0 where nobody does. */
  readonly epoch?: number;
  /** One that is already prepared for the base; a new one where there is none. */
  readonly evidenceRunner?: EvidenceRunner | undefined;
  /** The loop's configuration where it may change; by default it stays as given. */
  readonly configNow?: () => LoopConfig;
}

export function scopeOf(deps: LoopDeps, config: LoopConfig, options: ScopeOptions = {}): LoopScope {
  const { epoch = 0, evidenceRunner, configNow = () => config } = options;
  const task = deps.repository.task(config.taskId);
  return {
    ...deps,
    get config() {
      return configNow();
    },
    task,
    epoch,
    evidenceRunner: evidenceRunner ?? deps.evidence(config.taskId, task, config),
    lostWorktrees: new Set(),
    placed: new Map(),
    saidOfNodes: new Set(),
  };
}

/** `events`: all of the loop so far, oldest first; the projection sees those that are added. */
export function projectKeys(scope: LoopScope, events: readonly LoopEvent[]): KeyProjection {
  const { coordination, config, logger } = scope;
  return createKeyProjection({
    coordination,
    config,
    logger,
    events,
    rewriteHandOvers: () => rewriteHandOvers(scope, Array.from(events)),
  });
}
