import type { LoopEvent } from '../domain/loop/events.ts';

/** Names an attempt within its loop, the same for its start and its end. */
export function attemptKeyOf(event: LoopEvent & { readonly type: 'AgentStarted' | 'AgentExited' }): string {
  const { agentId, attempt } = event.type === 'AgentStarted' ? event : event.exit;
  return `${event.iteration}/${agentId}/${attempt}`;
}
