import * as l10n from '@vscode/l10n';
import { useState } from 'preact/hooks';
import { Button } from '../kit/button.tsx';
import { Icon } from '../kit/icon.tsx';
import type { Snapshot } from './panel-state.ts';
import type { Memory } from './remembered.ts';
import type { Send } from './send.ts';

type Listed = Snapshot['others'][number];

interface Props {
  readonly snapshot: Snapshot;
  readonly send: Send;
  readonly memory: Memory;
}

const STAGES = [
  [l10n.t('Implement'), l10n.t('agents in parallel')],
  [l10n.t('Gate'), l10n.t('tests on the combined result')],
  [l10n.t('Validate'), l10n.t('blind reviewers')],
  [l10n.t('Decide'), l10n.t('proceed, iterate or abort')],
] as const;

/** What stands there before the first loop. No picture: words that say what will happen and what not. */
export function EmptyPanel({ snapshot, send, memory }: Props) {
  const { trusted, others, problem } = snapshot;
  const able = trusted && problem === null;
  return (
    <main class="empty">
      <h1>{others.length === 0 ? l10n.t('No loop yet') : 'CFN Loop'}</h1>
      <p class="dim">
        {l10n.t(
          'Describe a task. Agents work on it in their own git worktrees until tests pass, reviewers agree and you or the product owner say so. Your checkout is never touched.',
        )}
      </p>
      {!able && (
        <p class="banner plain">
          <Icon name="warning" tone="warn" />
          <bdi>{trusted ? problem : l10n.t('Loops run programs. Trust this folder to start one.')}</bdi>
        </p>
      )}
      <TaskField able={able} send={send} memory={memory} />
      <ol class="stages">
        {STAGES.map(([title, text]) => (
          <li key={title}>
            <b>{title}</b>
            <span class="dim"> {text}</span>
          </li>
        ))}
      </ol>
      <p class="dim">
        {l10n.t('No model or key at hand? Scripted agents show the whole loop in about a minute, for $0.')}
      </p>
      <div class="buttons">
        <Button
          name="demo"
          label={l10n.t('Watch the demo loop')}
          icon="play"
          disabled={!able}
          onClick={() => send.command('watchDemo')}
        />
        <Button name="epic" label={l10n.t('New epic file')} onClick={() => send.command('newEpic')} />
        <Button
          name="doctor"
          label={l10n.t('What is on this machine')}
          disabled={!trusted}
          onClick={() => send.command('doctor')}
        />
      </div>
      {others.length > 0 && <LoopList others={others} send={send} />}
    </main>
  );
}

function TaskField({
  able,
  send,
  memory,
}: {
  readonly able: boolean;
  readonly send: Send;
  readonly memory: Memory;
}) {
  const [text, setText] = useState(memory.now.drafts['task'] ?? '');
  const start = (): void => send.start(text.trim());
  return (
    <form
      class="task"
      onSubmit={(event) => {
        event.preventDefault();
        if (able) start();
      }}
    >
      <textarea
        class="vscode-textarea"
        rows={3}
        data-key="task"
        aria-label={l10n.t('What should be done?')}
        placeholder={l10n.t(
          'What should be done? For example: add rate limiting to POST /login, 5 tries a minute',
        )}
        maxLength={20_000}
        disabled={!able}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          memory.draft('task', event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) start();
        }}
      />
      <div class="buttons">
        <Button
          primary
          name="start"
          label={l10n.t('Start Loop')}
          icon="play"
          disabled={!able}
          onClick={start}
        />
        <span class="dim">
          {l10n.t('Asks how strict and by whom, and shows what would run before anything is created.')}
        </span>
      </div>
    </form>
  );
}

function LoopList({ others, send }: { readonly others: readonly Listed[]; readonly send: Send }) {
  return (
    <section class="card" aria-labelledby="loops-title">
      <div class="card-head">
        <h2 id="loops-title">{l10n.t('Loops of this repository')}</h2>
      </div>
      <ul class="listed">
        {others.map((loop) => (
          <li key={loop.taskId}>
            <button
              type="button"
              class="link cut"
              data-key={loop.taskId}
              onClick={() => send.show(loop.taskId)}
            >
              <bdi>{loop.title}</bdi>
            </button>
            <span class="dim">{loop.state}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
