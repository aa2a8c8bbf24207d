import type { EndingVerdict, EndingFacts } from '../../domain/agents/ending.ts';
import { retryAtIn } from '../../domain/agents/retry-after.ts';
import type { AgentProvider } from '../../ports/agent-provider.ts';
import type { ResultRecord } from '../../protocol/attempt.ts';
import type { SignalRecorder } from './signal-recorder.ts';

interface Ended extends Pick<EndingFacts, 'exit' | 'final'> {
  readonly seen: Pick<SignalRecorder, 'snapshot'>;
  readonly provider: AgentProvider | undefined;
  readonly now: number;
}

/** What an end says of the account at the provider. */
export function accountFacts(
  { ending, failure }: Pick<EndingVerdict, 'ending' | 'failure'>,
  { exit, final, seen, provider, now }: Ended,
): Pick<ResultRecord, 'retryAt' | 'providerError'> {
  if (ending === 'rate-limited') {
    const retryAt = retryAtIn(failure ?? '', now) ?? seen.snapshot().rateLimit?.until;
    return retryAt == null ? {} : { retryAt };
  }
  if (ending !== 'failed' || provider?.needsFinalEvent !== true) return {};
  return isProviders(final, exit) ? { providerError: true } : {};
}

function isProviders(final: Ended['final'], exit: Ended['exit']): boolean {
  if (final !== null) return !final.success && final.unrelated !== true;
  // A signal came from somebody on this machine; a CLI that gives up by itself could not work with its provider.
  return exit?.code != null && exit.code !== 0;
}
