/** What a change by hand does to those who read the key; shown before it is made. */
import { decodeBytes, nameOfBytes } from '../../base/byte-text.ts';
import { announcesCompletions, listOfTaken, spaceOf } from '../../protocol/keys.ts';

export type KeyEdit =
  | { readonly kind: 'set'; readonly key: string; readonly text: string }
  | { readonly kind: 'item'; readonly key: string; readonly index: number; readonly text: string }
  | { readonly kind: 'field'; readonly key: string; readonly field: string; readonly text: string }
  /** `null`: without an end. */
  | { readonly kind: 'expire'; readonly key: string; readonly seconds: number | null }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'push'; readonly key: string; readonly text: string }
  | { readonly kind: 'redeliver'; readonly key: string; readonly index: number };

/** The question of a modal dialog; `null`: nothing that could hurt. */
export interface Question {
  readonly question: string;
  readonly consequence: string;
  readonly action: string;
}

const LOOP_STAYS = 'The loop itself does not change: it goes by its journal.';

export function questionOf(edit: KeyEdit): Question | null {
  const name = shortName(edit.key);
  switch (edit.kind) {
    case 'delete':
      return { question: `Delete ${name}?`, consequence: consequenceOfDelete(edit.key), action: 'Delete' };
    case 'push':
      return {
        question: `Push a message to ${name}?`,
        consequence: `Whoever waits for this list takes it at once. ${LOOP_STAYS}`,
        action: 'Push',
      };
    case 'redeliver':
      return announcesCompletions(listOfTaken(edit.key) ?? edit.key)
        ? null
        : {
            question: `Deliver the message again to ${shortName(listOfTaken(edit.key) ?? edit.key)}?`,
            consequence: 'Who had it already sees it twice; its run, attempt and nonce stay as they are.',
            action: 'Re-deliver',
          };
    default:
      return questionOfChange(edit, name);
  }
}

function questionOfChange(edit: KeyEdit, name: string): Question | null {
  const what = edit.kind === 'expire' ? 'Change the end of' : 'Change';
  if (spaceOf(edit.key) === 'lock') {
    return {
      question: `${what} ${name}?`,
      consequence:
        'Its holder goes on believing that it holds the lock. With another value it cannot let go of it; with another end somebody else may take it meanwhile.',
      action: 'Change',
    };
  }
  if (spaceOf(edit.key) === 'gate') {
    return {
      question: `${what} ${name}?`,
      consequence: `Whoever reads this key sees another result of the gate. ${LOOP_STAYS}`,
      action: 'Change',
    };
  }
  return null;
}

function consequenceOfDelete(key: string): string {
  switch (spaceOf(key)) {
    case 'lock':
      return 'Its holder goes on believing that it holds the lock, and somebody else may take it at once.';
    case 'cache':
      return 'It is worked out again when somebody needs it.';
    case 'events':
      return 'The loop writes it again from its journal when it goes on.';
    default:
      return `Agents and scripts that read it find nothing; who waits for it goes on waiting. ${LOOP_STAYS}`;
  }
}

const MOST_SHOWN = 120;

export function shortName(key: string): string {
  const name = nameOfBytes(key);
  return name.length > MOST_SHOWN ? `${name.slice(0, MOST_SHOWN)}…` : name;
}

/** Why the edit cannot be made at all, in one sentence; `null`: it can. */
export function refusalOf(edit: KeyEdit): string | null {
  switch (edit.kind) {
    case 'expire':
      return edit.seconds === null || (Number.isInteger(edit.seconds) && edit.seconds >= 1)
        ? null
        : `TTL is ${edit.seconds}; it takes whole seconds from 1, or nothing for no end.`;
    case 'push':
      return decodeBytes(edit.key) === null ? 'A message needs a list whose name is UTF-8.' : null;
    case 'set':
    case 'item':
    case 'field':
    case 'delete':
    case 'redeliver':
      return null;
  }
}
