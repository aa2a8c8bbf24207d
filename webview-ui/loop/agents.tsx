import * as l10n from '@vscode/l10n';
import { useReducer, useRef } from 'preact/hooks';
import type { AgentAction, PanelAgent } from '../../src/protocol/panel-loop.ts';
import { Age } from '../kit/age.tsx';
import { Button } from '../kit/button.tsx';
import { Icon, type IconName } from '../kit/icon.tsx';
import { memo } from '../kit/memo.tsx';
import { Menu } from '../kit/menu.tsx';
import { VirtualList } from '../kit/virtual-list.tsx';
import { Container } from './container.tsx';
import type { Send } from './send.ts';
import { Questions } from './questions.tsx';
import { Pulse, Signals } from './signals.tsx';
import { AGENT_ICON } from './status.ts';
import { Trust } from './trust.tsx';

interface Props {
  readonly title: string;
  readonly agents: readonly PanelAgent[];
  readonly send: Send;
  /** An earlier iteration is looked at, not steered. */
  readonly readOnly: boolean;
}

/** The agents of one step: those who need you first, then by start. */
export function Agents({ title, agents, send, readOnly }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [, again] = useReducer<number, undefined>((count) => count + 1, 0);
  const shown = useCalmOrder(agents, box);
  return (
    <div ref={box} class="agents" onPointerLeave={() => again(undefined)}>
      <VirtualList
        label={l10n.t('{0}: agents', title)}
        items={shown}
        keyOf={(agent) => agent.id}
        estimate={51}
        rowClass={(agent) => `agent ${agent.status === 'waiting' ? 'need' : ''}`}
        row={(agent) => <AgentRow agent={agent} send={send} readOnly={readOnly} />}
      />
    </div>
  );
}

/** Rows do not move under a person's pointer or focus. */
function useCalmOrder(
  agents: readonly PanelAgent[],
  box: { readonly current: HTMLElement | null },
): readonly PanelAgent[] {
  const order = useRef<readonly string[]>([]);
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  const same = order.current.length === agents.length && order.current.every((id) => byId.has(id));
  if (!same || !box.current?.matches(':hover, :focus-within')) {
    order.current = agents.toSorted(byNeed).map((agent) => agent.id);
  }
  return order.current.flatMap((id) => byId.get(id) ?? []);
}

function byNeed(one: PanelAgent, other: PanelAgent): number {
  const need = Number(other.status === 'waiting') - Number(one.status === 'waiting');
  if (need !== 0) return need;
  const [mine, theirs] = [one.startedAt ?? Infinity, other.startedAt ?? Infinity];
  // Two that were not started differ by nothing, and infinity less infinity is no number.
  return mine === theirs ? 0 : mine - theirs;
}

interface RowProps {
  readonly agent: PanelAgent;
  readonly send: Send;
  readonly readOnly: boolean;
}

const AgentRow = memo(({ agent, send, readOnly }: RowProps) => {
  const [name, tone] = AGENT_ICON[agent.status];
  return (
    <>
      <Icon name={name} tone={tone} />
      <b class="who cut">
        <bdi>{agent.id}</bdi>
      </b>
      <span class="state cut" title={signalsText(agent)}>
        <b>{agent.word}</b> {agent.trust?.over && <Trust trust={agent.trust} />}{' '}
        <Signals signals={agent.signals} />
      </span>
      {agent.pulse ? <Pulse pulse={agent.pulse} /> : <span class="pulse" />}
      <span class="diff numbers">
        {agent.files > 0 && <span class="add">+{agent.added}</span>}
        {agent.files > 0 && <span class="del"> −{agent.removed}</span>}
      </span>
      <span class="took numbers">
        {agent.startedAt !== null && <Age start={agent.startedAt} end={agent.endedAt} />}
      </span>
      <span class="cost numbers" title={agent.tokens ?? undefined}>
        {agent.cost}
      </span>
      <span class="preset cut dim">{agent.preset}</span>
      <bdi class="line mono dim cut">{agent.line}</bdi>
      <span class="tokens numbers dim">{agent.tokens}</span>
      {agent.container && <Container container={agent.container} />}
      {!readOnly && agent.questions.length > 0 && <Questions agent={agent} send={send} />}
      {!readOnly && agent.actions.length > 0 && <Actions agent={agent} send={send} />}
    </>
  );
});

const signalsText = ({ word, signals }: PanelAgent): string =>
  [word, ...signals.map((signal) => signal.text)].join(' · ');

const TOOL: Readonly<Record<AgentAction, readonly [icon: IconName, label: string]>> = {
  nudge: ['nudge', l10n.t('Nudge')],
  answer: ['question', l10n.t('Answer…')],
  reply: ['question', l10n.t('Answer…')],
  retry: ['retry', l10n.t('Retry with…')],
  terminal: ['terminal', l10n.t('Open the terminal')],
  shell: ['terminal', l10n.t('Open a shell in its container')],
  transcript: ['transcript', l10n.t('Show the transcript')],
  diff: ['diff', l10n.t('Show the diff')],
  worktree: ['window', l10n.t('Open the worktree')],
  takeOver: ['takeOver', l10n.t('Take over')],
};

/** Icons alone, whose names say whose they are. */
const INLINE = {
  terminal: (id: string) => l10n.t('Open the terminal of {0}', id),
  diff: (id: string) => l10n.t('Show the diff of {0}', id),
};

/** The one that the state asks for has a word. */
function wanted({ status, actions }: PanelAgent): AgentAction | null {
  const want =
    status === 'stuck' || status === 'quiet'
      ? 'nudge'
      : status === 'failed' || status === 'lost'
        ? 'retry'
        : null;
  if (actions.includes('reply')) return 'reply';
  if (status === 'waiting' && actions.includes('takeOver')) return 'takeOver';
  if (actions.includes('answer')) return 'answer';
  return want && actions.includes(want) ? want : null;
}

/** On hover, focus or touch, over the row's second line; reached from the row with the arrow to the right. */
function Actions({ agent, send }: Pick<RowProps, 'agent' | 'send'>) {
  const first = wanted(agent);
  const inline = (['terminal', 'diff'] as const).filter((action) => agent.actions.includes(action));
  const rest = agent.actions.filter((action) => action !== first && !inline.some((each) => each === action));
  const of = (action: AgentAction) => () => send.agent(action, agent.id);
  return (
    <span class="actions" role="group" aria-label={l10n.t('Actions of {0}', agent.id)}>
      {first && (
        <Button
          name={`${agent.id}-${first}`}
          label={TOOL[first][1]}
          icon={TOOL[first][0]}
          tabIndex={-1}
          {...(agent.ladder && first === 'nudge' ? { hint: agent.ladder } : {})}
          onClick={of(first)}
        />
      )}
      {inline.map((action) => (
        <Button
          key={action}
          bare
          name={`${agent.id}-${action}`}
          label={INLINE[action](agent.id)}
          icon={TOOL[action][0]}
          tabIndex={-1}
          onClick={of(action)}
        />
      ))}
      {rest.length > 0 && (
        <Menu
          name={`${agent.id}-more`}
          label={l10n.t('More for {0}', agent.id)}
          tabIndex={-1}
          items={rest.map((action) => ({
            name: `${agent.id}-${action}`,
            label: TOOL[action][1],
            onClick: of(action),
          }))}
        />
      )}
    </span>
  );
}
