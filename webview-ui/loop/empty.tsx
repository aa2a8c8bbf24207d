import { Button } from '../kit/button.tsx';
import type { Send, Snapshot } from './panel-state.ts';
import { Icon } from '../kit/icon.tsx';

type Listed = Snapshot['others'][number];

interface Props {
  readonly trusted: boolean;
  readonly others: readonly Listed[];
  readonly send: Send;
}

const STAGES = [
  ['Implement', 'agents in parallel'],
  ['Gate', 'tests on the combined result'],
  ['Validate', 'blind reviewers'],
  ['Decide', 'proceed, iterate or abort'],
] as const;

/** What stands there before the first loop. No picture: words that say what will happen and what not. */
export function EmptyPanel({ trusted, others, send }: Props) {
  return (
    <main class="empty">
      <h1>{others.length === 0 ? 'No loop yet' : 'CFN Loop'}</h1>
      <p class="dim">
        Describe a task. Agents work on it in their own git worktrees until tests pass, reviewers agree and
        you or the product owner say so. Your checkout is never touched.
      </p>
      {!trusted && (
        <p class="banner">
          <Icon name="warning" tone="warn" /> Loops run programs. Trust this folder to start one.
        </p>
      )}
      <div class="actions">
        <Button
          primary
          name="start"
          label="Start Loop"
          icon="play"
          disabled={!trusted}
          onClick={() => send.command('startLoop')}
        />
        <Button
          name="demo"
          label="Watch the demo loop"
          disabled={!trusted}
          onClick={() => send.command('watchDemo')}
        />
        <Button name="epic" label="New epic file" onClick={() => send.command('newEpic')} />
      </div>
      <ol class="stages">
        {STAGES.map(([title, text]) => (
          <li key={title}>
            <b>{title}</b>
            <span class="dim"> {text}</span>
          </li>
        ))}
      </ol>
      <p class="dim">
        No model or key at hand? Scripted agents show the whole loop in about a minute, for $0.
      </p>
      {others.length > 0 && <LoopList others={others} send={send} />}
    </main>
  );
}

function LoopList({ others, send }: Pick<Props, 'others' | 'send'>) {
  return (
    <section class="card">
      <h2 class="card-head">Loops of this repository</h2>
      <ul class="agents">
        {others.map((loop) => (
          <li key={loop.taskId} class="listed">
            <button type="button" class="link" data-key={loop.taskId} onClick={() => send.show(loop.taskId)}>
              {loop.title}
            </button>
            <span class="dim">{loop.state}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
