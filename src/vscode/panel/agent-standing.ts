/** How an agent stands, by what its view tells; pure. */
import { l10n } from 'vscode';
import type { AgentView } from '../../app/projections/loop-view.ts';
import { agentState } from '../words.ts';

interface Fact {
  readonly text: string;
  readonly at: number | null;
  readonly age: 'ago' | 'for' | 'until' | null;
}

/** What is known of an agent while it runs; views of loops that other processes run do not hold it. */
interface Live {
  readonly status:
    | 'queued'
    | 'working'
    | 'quiet'
    | 'stuck'
    | 'waiting-for-you'
    | 'rate-limited'
    | 'done'
    | 'failed'
    | 'lost'
    | 'cancelled';
  /** The most telling first. */
  readonly facts: readonly Fact[];
  readonly signals: {
    readonly line: { readonly text: string } | null;
    readonly pulse: { readonly endsAt: number; readonly bytes: readonly number[] };
    readonly usage: AgentView['usage'];
    readonly costUsd: number | null;
    readonly diff: Pick<AgentView, 'files' | 'added' | 'removed'> | null;
    readonly nudges: readonly { readonly state: 'waiting' | 'delivered' | 'refused'; readonly why: string }[];
  } | null;
}

export type Standing = Live;
type MaybeLive = Pick<AgentView, 'id'> & Partial<Live>;

const STATUS: Readonly<Record<AgentView['state'], Live['status']>> = {
  queued: 'queued',
  working: 'working',
  reporting: 'working',
  done: 'done',
  failed: 'failed',
  lost: 'lost',
  cancelled: 'cancelled',
};

/** Without signals nothing is claimed but what the journal says. */
export function standingOf(agent: AgentView): Standing {
  const { status, facts, signals }: MaybeLive = agent;
  return {
    status: status ?? STATUS[agent.state],
    facts: facts ?? journalled(agent),
    signals: signals ?? null,
  };
}

function journalled(agent: AgentView): readonly Fact[] {
  const { state, startedAt, attempt } = agent;
  if (state === 'queued') return [];
  if (state === 'working' || state === 'reporting') {
    return startedAt === null ? [] : [{ text: 'started', at: startedAt, age: 'ago' }];
  }
  const again = attempt > 1 ? [{ text: l10n.t('attempt {0}', attempt), at: null, age: null }] : [];
  return [{ text: agentState(agent), at: null, age: null }, ...again];
}

/** What the worktree holds now where somebody looks, else what the loop has counted. */
export const changesOf = (agent: AgentView): Pick<AgentView, 'files' | 'added' | 'removed'> =>
  standingOf(agent).signals?.diff ?? agent;
