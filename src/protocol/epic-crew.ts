/** What is wrong with the agents that an epic names, where it stands; by the rules that put the crew together. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Scalar } from 'yaml';
import { ok } from '../base/result.ts';
import type { Role } from '../domain/loop/model.ts';
import { parseAgentSpec, parseCrew, unnamed, type FindProfile } from './agent-spec.ts';

export interface CrewProblem {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 0, from the line's start; `to` stands behind the last character. */
  readonly from: number;
  readonly to: number;
  readonly message: string;
  readonly severity: 'error' | 'warning';
  /** What could stand there instead. */
  readonly instead: readonly string[];
}

export interface CrewKnowledge {
  readonly presets: readonly string[];
  /** Ids; null: nobody looked for profiles. */
  readonly profiles: readonly string[] | null;
}

interface Spec {
  readonly role: Role;
  readonly field: string;
  readonly text: string;
  readonly line: number;
  readonly from: number;
  readonly to: number;
}

const ROLES = [
  ['agents', 'implementer'],
  ['validators', 'validator'],
  ['productOwner', 'product-owner'],
] as const;

/** Of a text whose front matter is not valid, nothing: `parseEpic` tells that. */
export function crewProblems(text: string, known: CrewKnowledge): readonly CrewProblem[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  if (lines[0]?.trimEnd() !== '---') return [];
  const end = lines.findIndex((line, index) => index > 0 && /^---\s*$/.test(line));
  if (end < 0) return [];
  const counter = new LineCounter();
  // The opening line stays as an empty one, so that YAML counts lines as the file does.
  const document = parseDocument(['', ...lines.slice(1, end)].join('\n'), { lineCounter: counter });
  if (document.errors.length > 0) return [];
  const specs = ROLES.flatMap(([field, role]) =>
    scalarsOf(document, field).map((node) => ({ role, field, ...placeOf(node, counter) })),
  );
  return [
    ...wrongSpecs(specs),
    ...specs.flatMap((spec) => unknownName(spec, known)),
    ...partsProblem(document, counter),
  ];
}

function scalarsOf(document: Document, field: string): readonly Scalar<string>[] {
  const value: unknown = isMap(document.contents) ? document.contents.get(field, true) : null;
  const nodes: readonly unknown[] = isSeq(value) ? value.items : [value];
  return nodes.filter(isText);
}

const isText = (node: unknown): node is Scalar<string> => isScalar(node) && typeof node.value === 'string';

function placeOf(node: Scalar<string>, counter: LineCounter): Pick<Spec, 'text' | 'line' | 'from' | 'to'> {
  const [start, end] = node.range ?? [0, 0, 0];
  const from = counter.linePos(start);
  const to = counter.linePos(end);
  const column = from.col - 1;
  // A text over several lines is marked where it begins.
  const until = to.line === from.line ? to.col - 1 : column + 1;
  return { text: node.value, line: from.line, from: column, to: until };
}

const anyProfile: FindProfile = (_field, { id }) =>
  ok({
    program: { kind: 'preset', preset: 'demo' },
    profile: { id, name: id, origin: 'personal', path: '', instructions: '', notes: [] },
  });

/** Each SPEC is added to those before it that are right, so that the one at fault is marked. */
function wrongSpecs(specs: readonly Spec[]): readonly CrewProblem[] {
  const problems: CrewProblem[] = [];
  const taken: Spec[] = [];
  for (const spec of specs) {
    const crew = parseCrew(rolesOf([...taken, spec]), anyProfile);
    if (crew.ok) taken.push(spec);
    else {
      const { line, from, to } = spec;
      const instead = crew.error.includes('is used twice') ? renamed(spec, specs) : [];
      problems.push({ line, from, to, message: crew.error, severity: 'error', instead });
    }
  }
  return problems;
}

const rolesOf = (specs: readonly Spec[]) =>
  ROLES.map(([field, role]) => ({
    role,
    field,
    specs: specs.filter((spec) => spec.role === role).map(({ text }) => text),
  }));

/** The next name of the same stem that no agent of the epic has: `api-2` for a second `api`. */
function renamed(spec: Spec, all: readonly Spec[]): readonly string[] {
  const name = nameOf(spec);
  if (name === null) return [];
  const taken = new Set(ROLES.flatMap(([, role]) => idsOf(all.filter((each) => each.role === role))));
  const stem = name.replace(/-\d+$/, '');
  for (let number = 2; ; number += 1) {
    const free = `${stem}-${number}`;
    if (!taken.has(free.toLowerCase())) return [`${free}${spec.text.slice(spec.text.indexOf('='))}`];
  }
}

function nameOf({ role, text }: Spec): string | null {
  const parsed = parseAgentSpec('', role, text);
  return parsed.ok ? parsed.value.name : null;
}

/** As the crew's agents are called, compared without case. */
const idsOf = (specs: readonly Spec[]): readonly string[] =>
  specs.map((spec, index) => (nameOf(spec) ?? unnamed(spec.role, index)).toLowerCase());

function unknownName(spec: Spec, { presets, profiles }: CrewKnowledge): readonly CrewProblem[] {
  const parsed = parseAgentSpec('', spec.role, spec.text);
  if (!parsed.ok || parsed.value.program === null || parsed.value.program.kind === 'exec') return [];
  const { program } = parsed.value;
  const { line, from, to } = spec;
  const warn = (message: string, wrong: string, names: readonly string[]): CrewProblem => {
    const instead = names
      .filter((name) => isClose(name, wrong))
      .map((name) => spec.text.replace(wrong, name));
    return { line, from, to, message, severity: 'warning', instead };
  };
  if (program.preset !== null && !presets.includes(program.preset)) {
    const message = `There is no preset "${program.preset}"; the presets are ${presets.join(', ')}.`;
    return [warn(message, program.preset, presets)];
  }
  if (program.kind === 'preset' || profiles === null) return [];
  if (profiles.some((id) => id.toLowerCase() === program.id.toLowerCase())) return [];
  return [warn(`There is no profile "${program.id}".`, program.id, profiles)];
}

/** One letter more, less or other, or one of them begins with the other. */
function isClose(name: string, given: string): boolean {
  const [one, other] = [name.toLowerCase(), given.toLowerCase()];
  if (other.length >= 3 && (one.startsWith(other) || other.startsWith(one))) return true;
  if (Math.abs(one.length - other.length) > 1) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  let end = 0;
  const shorter = Math.min(one.length, other.length) - start;
  while (end < shorter && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  return Math.max(one.length, other.length) - start - end <= 1;
}

function partsProblem(document: Document, counter: LineCounter): readonly CrewProblem[] {
  if (!isMap(document.contents)) return [];
  const parts = document.contents.get('parts', true);
  const agents = document.contents.get('agents', true);
  if (!isSeq(parts) || !isSeq(agents) || parts.items.length === agents.items.length) return [];
  const pair = document.contents.items.find(({ key }) => String(key) === 'parts');
  const [start, end] = isScalar(pair?.key) ? (pair.key.range ?? [0, 0]) : [0, 0];
  const { line, col } = counter.linePos(start);
  const message = `parts has ${parts.items.length} entries for ${agents.items.length} implementers; it takes one for each.`;
  return [{ line, from: col - 1, to: col - 1 + end - start, message, severity: 'error', instead: [] }];
}
