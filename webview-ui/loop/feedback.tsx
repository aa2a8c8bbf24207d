import * as l10n from '@vscode/l10n';
import type { PanelLoop } from '../../src/protocol/panel-loop.ts';
import { Icon, type IconName, type Tone } from '../kit/icon.tsx';
import { VirtualList } from '../kit/virtual-list.tsx';
import { Draft } from './draft.tsx';
import type { Memory } from './remembered.ts';
import type { Send } from './send.ts';

type Item = PanelLoop['feedback'][number];

const MARK: Readonly<Record<Item['from'], readonly [IconName, Tone | undefined]>> = {
  evidence: ['bad', 'err'],
  runner: ['warning', 'warn'],
  agent: ['feedback', undefined],
  person: ['person', undefined],
};

interface Props {
  readonly title: string;
  readonly about: string;
  readonly items: readonly Item[];
  /** Null where nothing can be added. */
  readonly add: { readonly send: Send; readonly memory: Memory; readonly failed: string | null } | null;
}

/** Exactly what an iteration is told, item by item: who raised it and whom it is meant for. */
export function Feedback({ title, about, items, add }: Props) {
  const numbered = items.map((item, index) => ({ ...item, index }));
  return (
    <section class="card" data-key="feedback-list" aria-label={title}>
      <div class="card-head">
        <h2>{title}</h2>
        <span class="dim">{about}</span>
      </div>
      <VirtualList
        label={title}
        items={numbered}
        keyOf={(item) => String(item.index)}
        estimate={53}
        rowClass={() => 'feedback-item'}
        row={(item) => (
          <>
            <Icon name={MARK[item.from][0]} tone={MARK[item.from][1]} />
            <span class="words">
              <bdi>{item.text}</bdi>
              <small class="dim">{item.origin}</small>
            </span>
            <span class="tag">{item.to}</span>
          </>
        )}
      />
      {add && (
        <div class="add-line">
          <Draft
            place="feedback"
            memory={add.memory}
            label={l10n.t('Add to: {0}', title)}
            hint={l10n.t('Add something the agents should know (Enter adds it)')}
            onEnter={(text) => add.send.feedback(text)}
          />
          {add.failed && <p class="error">{add.failed}</p>}
        </div>
      )}
    </section>
  );
}
