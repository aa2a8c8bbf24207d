import {
  PULSE_SLOT_MS,
  PULSE_SLOTS,
  type NudgeReceipt,
  type RunnerSignals,
} from '../../domain/agents/signals.ts';
import { lastLineOf, shownLine } from './shown-line.ts';

/** Below this share of one core a tree is waiting, not working: idle CLIs burn some with timers and spinners. */
export const WORKING_SHARE = 0.02;
const MAX_TEXT = 300;
const MAX_RECEIPTS = 8;
const shown = (text: string) => shownLine(text, MAX_TEXT);

/** Remembers what a runner sees of its agent. Everything it keeps is bounded, whatever an agent prints. */
export interface SignalRecorder {
  output(bytes: number): void;
  /** Something readable was printed; `text` may be anything. */
  line(text: string): void;
  tool(text: string): void;
  /** The newest tool call gave its result. */
  toolDone(): void;
  cpu(share: number): void;
  file(changed: { readonly at: number; readonly path: string }): void;
  /** Null: the agent goes on. */
  rateLimit(said: { readonly text: string; readonly delayMs: number | null } | null): void;
  readonly isRateLimited: () => boolean;
  attention(text: string | null): void;
  receipt(receipt: Omit<NudgeReceipt, 'at'>): void;
  /** Those that wait for an answer now. */
  questions(open: RunnerSignals['questions']): void;
  snapshot(): RunnerSignals;
}

export interface SignalRecorderDeps {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly redact: (text: string) => string;
  /** Something is worth telling that no sign of life comes with. */
  readonly onChange: () => void;
}

/** How often CPU time that stays the same is told again. */
const CPU_AGAIN_MS = 10_000;
/** A CLI that says nothing more long after it wanted to try again does not wait for its provider any more. */
const RATE_LIMIT_ENDS_MS = 60_000;
const RATE_LIMIT_WITHOUT_END_MS = 300_000;

export function createSignalRecorder({ now, redact, onChange }: SignalRecorderDeps): SignalRecorder {
  const pulse = createPulse(now);
  let line: { readonly at: number; readonly text: string } | null = null;
  let kept: Omit<RunnerSignals, 'pulse' | 'line'> = {
    outputAt: null,
    cpu: null,
    file: null,
    tool: null,
    rateLimit: null,
    attention: null,
    nudges: [],
    questions: [],
  };
  const change = (changed: Partial<typeof kept>) => {
    kept = { ...kept, ...changed };
    onChange();
  };

  const isRateLimited = () => {
    if (kept.rateLimit === null) return false;
    const { at, until } = kept.rateLimit;
    return now() < (until === null ? at + RATE_LIMIT_WITHOUT_END_MS : until + RATE_LIMIT_ENDS_MS);
  };

  return {
    output(bytes) {
      pulse.add(bytes);
      kept = { ...kept, outputAt: now() };
    },
    line(text) {
      line = { at: now(), text };
    },
    tool(text) {
      kept = { ...kept, tool: { at: now(), text: shown(text), running: true } };
    },
    toolDone() {
      if (kept.tool !== null) kept = { ...kept, tool: { ...kept.tool, at: now(), running: false } };
    },
    cpu(share) {
      const at = now();
      const { cpu } = kept;
      const busyAt = share >= WORKING_SHARE ? at : (cpu?.busyAt ?? null);
      const tells = cpu === null || Math.abs(cpu.share - share) >= 0.01 || at - cpu.at >= CPU_AGAIN_MS;
      if (tells) change({ cpu: { at, share, busyAt } });
      else kept = { ...kept, cpu: { ...cpu, busyAt } };
    },
    file({ at, path }) {
      change({ file: { at, path: shown(redact(path)) } });
    },
    rateLimit(said) {
      if (said === null && kept.rateLimit === null) return;
      const at = now();
      change({
        rateLimit: said && {
          at,
          until: said.delayMs === null ? null : at + said.delayMs,
          text: shown(redact(said.text)),
        },
      });
    },
    isRateLimited,
    attention(text) {
      change({ attention: text === null ? null : { at: now(), text: shown(text) } });
    },
    receipt(receipt) {
      const others = kept.nudges.filter(({ id }) => id !== receipt.id);
      change({ nudges: [...others, { ...receipt, at: now() }].slice(-MAX_RECEIPTS) });
    },
    questions(questions) {
      change({ questions });
    },
    snapshot: () => ({
      ...kept,
      rateLimit: isRateLimited() ? kept.rateLimit : null,
      pulse: pulse.read(),
      line: line === null ? null : { at: line.at, text: lastLineOf(line.text, MAX_TEXT) },
    }),
  };
}

function createPulse(now: () => number) {
  const slotOf = (at: number) => Math.floor(at / PULSE_SLOT_MS);
  let last = slotOf(now());
  let slots: number[] = [0];
  const advance = () => {
    const slot = slotOf(now());
    // A clock that was set back only makes the newest slot longer.
    const passed = Math.min(PULSE_SLOTS, Math.max(0, slot - last));
    for (let added = 0; added < passed; added += 1) slots.push(0);
    slots = slots.slice(-PULSE_SLOTS);
    last = Math.max(last, slot);
  };
  return {
    add(bytes: number) {
      advance();
      slots[slots.length - 1] = (slots.at(-1) ?? 0) + bytes;
    },
    read() {
      advance();
      return { endsAt: (last + 1) * PULSE_SLOT_MS, bytes: Array.from(slots) };
    },
  };
}
