import { assertNever } from '../../base/result.ts';

/** A loop that makes the evidence fail. */
export interface Guilt {
  readonly loop: string;
  /** The loops that it fails with; empty: it fails on the branch alone. */
  readonly with: readonly string[];
  /** The shortest stack that was seen to fail because of it; it ends with the loop. */
  readonly failing: readonly string[];
}

interface Common {
  /** In the order that they were given, without those that were put aside. */
  readonly candidates: readonly string[];
  readonly guilty: readonly Guilt[];
  /** A stack that passed; one that begins with it fails because of what comes after. */
  readonly passed: readonly string[];
}

interface Search extends Common {
  readonly stack: readonly string[];
  /** So many loops of the stack pass. */
  readonly green: number;
  /** So many loops of the stack fail. */
  readonly red: number;
}

/**
 * Finds which of several loops land together. All are tried at once; a stack that fails is searched for the first
 * loop that makes it fail, which is put aside, and the rest is stacked anew. Every round puts one loop aside, so it
 * ends whatever the answers are.
 */
export type MergeQueue =
  | (Common & { readonly kind: 'stacking' })
  | (Common & { readonly kind: 'trying'; readonly stack: readonly string[] })
  | (Search & { readonly kind: 'bisecting' })
  /** Whether the guilty one, the last of `stack`, fails on the branch without the others. */
  | (Search & { readonly kind: 'alone' })
  /** It does not: with how many of the others it does. */
  | (Search & { readonly kind: 'pairing' })
  | (Common & { readonly kind: 'passed'; readonly stack: readonly string[] })
  | (Common & { readonly kind: 'empty' });

export type QueueStep =
  /** Which of these can be stacked on the branch, in this order. */
  | { readonly kind: 'stack'; readonly loops: readonly string[] }
  /** What the evidence says of these stacked on the branch. */
  | { readonly kind: 'test'; readonly loops: readonly string[]; readonly why: TestReason }
  | { readonly kind: 'land'; readonly loops: readonly string[] }
  | { readonly kind: 'end' };

export type TestReason = 'whole' | 'bisect' | 'alone' | 'pair';

/** `unstackable`: these loops have conflicts without the ones between them, so there is nothing to test. */
export type TestAnswer = 'green' | 'red' | 'unstackable';

/** `loops`: each once. */
export const beginQueue = (loops: readonly string[]): MergeQueue =>
  restacked({ candidates: loops, guilty: [], passed: [] });

export function stepOf(queue: MergeQueue): QueueStep {
  switch (queue.kind) {
    case 'stacking':
      return { kind: 'stack', loops: queue.candidates };
    case 'trying':
      return { kind: 'test', loops: queue.stack, why: 'whole' };
    case 'bisecting':
      return { kind: 'test', loops: queue.stack.slice(0, middle(queue)), why: 'bisect' };
    case 'alone':
      return { kind: 'test', loops: queue.stack.slice(-1), why: 'alone' };
    case 'pairing':
      return {
        kind: 'test',
        loops: [...queue.stack.slice(0, middle(queue)), ...queue.stack.slice(-1)],
        why: 'pair',
      };
    case 'passed':
      return { kind: 'land', loops: queue.stack };
    case 'empty':
      return { kind: 'end' };
    default:
      return assertNever(queue);
  }
}

/** `stack`: those of the candidates that could be stacked, in their order. */
export function onStacked(queue: MergeQueue, stack: readonly string[]): MergeQueue {
  if (queue.kind !== 'stacking') return queue;
  const common = commonOf(queue);
  if (stack.length === 0) return { ...common, kind: 'empty' };
  const known = queue.passed.length === stack.length && beginsWith(stack, queue.passed);
  return { ...common, kind: known ? 'passed' : 'trying', stack };
}

/** The answer to the test that `stepOf` asked for. */
export function onTested(queue: MergeQueue, answer: TestAnswer): MergeQueue {
  switch (queue.kind) {
    case 'trying': {
      const { stack, passed } = queue;
      if (answer === 'green') return { ...commonOf(queue), kind: 'passed', stack };
      const green = beginsWith(stack, passed) ? passed.length : 0;
      return narrowed({ ...commonOf(queue), kind: 'bisecting', stack, green, red: stack.length });
    }
    case 'bisecting':
      return narrowed({ ...queue, ...half(queue, answer) });
    case 'alone':
      if (answer === 'red') return putAside(queue, { with: [], failing: queue.stack.slice(-1) });
      if (answer === 'unstackable') return together(queue);
      return paired({ ...queue, kind: 'pairing', green: 0, red: queue.stack.length - 1 });
    case 'pairing':
      return answer === 'unstackable' ? together(queue) : paired({ ...queue, ...half(queue, answer) });
    default:
      return queue;
  }
}

const commonOf = ({ candidates, guilty, passed }: Common): Common => ({ candidates, guilty, passed });

const middle = ({ green, red }: Search): number => Math.floor((green + red) / 2);

const half = (search: Search, answer: TestAnswer): Pick<Search, 'green' | 'red'> =>
  answer === 'green'
    ? { green: middle(search), red: search.red }
    : { green: search.green, red: middle(search) };

function restacked(common: Common): MergeQueue {
  return { ...common, kind: common.candidates.length === 0 ? 'empty' : 'stacking' };
}

function narrowed(search: Search & { readonly kind: 'bisecting' }): MergeQueue {
  const { green, red, stack } = search;
  if (red - green > 1) return search;
  const failing = stack.slice(0, red);
  const found = { ...search, passed: stack.slice(0, green), stack: failing };
  return green === 0
    ? putAside(found, { with: [], failing })
    : { ...found, kind: 'alone', green: 0, red: failing.length };
}

function paired(search: Search & { readonly kind: 'pairing' }): MergeQueue {
  return search.red - search.green > 1 ? search : together(search);
}

/** Those of which one is needed for the failure, as far as it was narrowed down. */
function together(search: Search & { readonly kind: 'alone' | 'pairing' }): MergeQueue {
  const others = search.stack.slice(0, -1);
  const narrow = search.kind === 'pairing' ? others.slice(search.green, search.red) : others;
  return putAside(search, { with: narrow, failing: search.stack });
}

function putAside(search: Search, guilt: Omit<Guilt, 'loop'>): MergeQueue {
  const loop = search.stack.at(-1) ?? '';
  return restacked({
    candidates: search.candidates.filter((one) => one !== loop),
    guilty: [...search.guilty, { loop, ...guilt }],
    passed: search.passed,
  });
}

const beginsWith = (stack: readonly string[], start: readonly string[]): boolean =>
  start.every((loop, at) => stack[at] === loop);
