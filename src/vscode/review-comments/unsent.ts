import { Emitter, type Listen } from '../../base/emitter.ts';
import type { Front } from '../front.ts';
import type { ChoiceStore } from '../review-hunks/choice-store.ts';
import type { Drafts } from './drafts.ts';

/** How much a person has prepared and not sent: drafts, and hunks that were accepted or rejected. */
export interface Unsent {
  count(taskId: string): number;
  readonly onChange: Listen<void>;
  dispose(): void;
}

export function createUnsent(front: Pick<Front, 'hunks'>, drafts: Drafts): Unsent {
  const changed = new Emitter<void>();
  const fire = () => changed.fire();
  const listening = [drafts.onChange(fire)];
  let choices: ChoiceStore | null = null;
  let isDisposed = false;
  void front.hunks().then((hunks) => {
    if (isDisposed) return;
    choices = hunks.choices;
    listening.push(choices.onChange(fire));
    fire();
  });
  return {
    count: (taskId) => drafts.count(taskId) + (choices?.count(taskId) ?? 0),
    onChange: changed.event,
    dispose: () => {
      isDisposed = true;
      for (const each of listening) each.dispose();
      changed.dispose();
    },
  };
}
