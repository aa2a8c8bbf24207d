import type { PanelAgent } from '../../src/protocol/webview.ts';
import { Age } from '../kit/age.tsx';
import { Button } from '../kit/button.tsx';
import type { Send } from './panel-state.ts';
import { Icon } from '../kit/icon.tsx';
import { VirtualList } from '../kit/virtual-list.tsx';
import { AGENT_ICON } from './status.ts';

interface Props {
  readonly title: string;
  readonly agents: readonly PanelAgent[];
  readonly send: Send;
}

/** The agents of one step. */
export function Agents({ title, agents, send }: Props) {
  if (agents.length === 0) return null;
  return (
    <section class="card">
      <h2 class="card-head">{title}</h2>
      <VirtualList
        class="agents"
        label={title}
        items={agents}
        keyOf={(agent) => agent.id}
        estimate={50}
        rowClass={() => 'agent'}
        row={(agent) => <AgentRow agent={agent} send={send} />}
      />
    </section>
  );
}

function AgentRow({ agent, send }: { readonly agent: PanelAgent; readonly send: Send }) {
  const [name, tone] = AGENT_ICON[agent.status];
  return (
    <>
      <Icon name={name} tone={tone} />
      <div class="who">
        <b>{agent.id}</b>
        <span class="dim">
          {agent.attempt > 1 ? `${agent.preset}, attempt ${agent.attempt}` : agent.preset}
        </span>
      </div>
      <div class="what">
        <span>{agent.word}</span>
        {agent.line && <bdi class="mono dim">{agent.line}</bdi>}
      </div>
      <span class="numbers diff">
        {agent.files > 0 && <span class="add">+{agent.added}</span>}
        {agent.files > 0 && <span class="del"> −{agent.removed}</span>}
      </span>
      <span class="numbers">
        {agent.startedAt !== null && <Age start={agent.startedAt} end={agent.endedAt} />}
      </span>
      <span class="numbers cost">{agent.cost}</span>
      <span class="tools">{agent.canOpen && <Tools id={agent.id} send={send} />}</span>
    </>
  );
}

function Tools({ id, send }: { readonly id: string; readonly send: Send }) {
  return (
    <>
      <Button
        bare
        name={`${id}-terminal`}
        label={`Open the terminal of ${id}`}
        icon="terminal"
        onClick={() => send.agent('openTerminal', id)}
      />
      <Button
        bare
        name={`${id}-transcript`}
        label={`Show the transcript of ${id}`}
        icon="transcript"
        onClick={() => send.agent('showTranscript', id)}
      />
    </>
  );
}
