import type { Part } from '../../domain/loop/model.ts';
import { unnamed } from '../../protocol/agent-spec.ts';
import type { FrontMatterName } from '../../protocol/settings.ts';
import type { PlanMark } from './check-plan.ts';

/** What a plan says itself, instead of the epic that it is for. */
export const PLANNED_FIELDS: readonly FrontMatterName[] = ['strategy', 'agents', 'parts'];

export interface PlanText {
  readonly parts: readonly Part[];
  readonly marks: readonly PlanMark[];
  /** One SPEC for each part. */
  readonly agents: readonly string[];
  /** Lines of front matter that stay as they were. */
  readonly kept: readonly string[];
  /** The task, as Markdown. */
  readonly body: string;
}

/** An epic file that starts the split. What to look at stands before the part it is about; JSON's words are YAML's too. */
export function planText({ parts, marks, agents, kept, body }: PlanText): string {
  return [
    '---',
    ...kept,
    'strategy: split',
    `agents: ${words(agents)}`,
    'parts: # part i is for agent i',
    ...parts.flatMap(({ task, files }, part) => [
      ...marks.filter((mark) => mark.part === part).map(({ text }) => `  # Look: ${text}.`),
      `  - task: ${words(task)}`,
      `    files: ${words(files)}`,
    ]),
    '---',
    body.trim(),
    '',
  ].join('\n');
}

/** What JSON leaves as it is and YAML does not take, or a person does not see. */
const UNSEEN = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]/g;
const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

const words = (value: unknown): string => JSON.stringify(value).replaceAll(UNSEEN, escaped);

/**
 * SPECs for the implementers of a plan: those that the epic names, where they are as many; else as many of `spec`, each with
 * a name of its own.
 */
export const agentsOf = (count: number, named: readonly string[], spec: string): readonly string[] =>
  named.length === count
    ? named
    : Array.from({ length: count }, (_, index) => `${unnamed('implementer', index)}=${spec}`);
