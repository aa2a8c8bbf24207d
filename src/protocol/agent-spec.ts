import { checkId } from '../base/ids.ts';
import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import type { AgentProgram, CrewMember, DecidedBy, Role } from '../domain/loop/model.ts';
import { splitCommandLine } from './command-line.ts';

/**
 * One SPEC: `preset`, `name=preset`, `name=@profile`, `name=preset@profile`, `name=exec:COMMAND LINE`, `exec-tty:`;
 * for product owners also `human`, `PRESET+human`. The preset `vscode` may name a model: `vscode:MODEL`.
 */
export interface AgentSpec {
  /** null: the harness names the agent. */
  readonly name: string | null;
  /** null: a person. */
  readonly program: AgentProgram | ProfileReference | null;
  readonly decidedBy: DecidedBy;
}

/** A profile is looked for when the crew is put together. */
export interface ProfileReference {
  readonly kind: 'profile';
  readonly id: string;
  /** The preset it shall run by; null: the profile's own. */
  readonly preset: string | null;
}

const EXEC = /^exec(-tty)?:/;
const NAMED = /^([^=]*)=([\s\S]*)$/;
const PRESET = /^[a-z0-9][a-z0-9._-]{0,63}(?:\+acp)?$/;
/** The one preset that offers models of several vendors, and whose model a SPEC therefore names. */
const MODELLED = /^(vscode):([A-Za-z0-9][A-Za-z0-9._:/-]{0,127})$/;
const PROFILE = /^([^@]*)@(.*)$/s;
const CONFIRMED = '+human';
const NO_PRESETS = new Set(['human', 'exec', 'exec-tty']);
const TAKES = 'PRESET, NAME=PRESET, NAME=@PROFILE or NAME=exec:COMMAND LINE';

/** `field` begins the error's sentence: `--implementer`, `EPIC.cfn.md line 4: agents`. */
export function parseAgentSpec(field: string, role: Role, text: string): Result<AgentSpec, string> {
  const { name, rest } = splitName(text);
  const checked = name === null ? ok('') : checkId(`${field}: the agent's name`, name);
  if (!checked.ok) return checked;
  const program = EXEC.test(rest) ? execProgram(field, rest) : presetProgram(field, role, rest);
  return program.ok ? ok({ name, ...program.value }) : program;
}

/** The name may be left out; a command line may hold `=` of its own. */
function splitName(text: string): { readonly name: string | null; readonly rest: string } {
  const named = EXEC.test(text) ? null : NAMED.exec(text);
  return { name: named?.[1] ?? null, rest: named?.[2] ?? text };
}

type Program = Result<Omit<AgentSpec, 'name'>, string>;

function presetProgram(field: string, role: Role, text: string): Program {
  if (role === 'product-owner') return ownerProgram(field, text);
  if (text === 'human' || text.endsWith(CONFIRMED)) {
    return err(`${field} is ${shown(text)}; only a product owner can be a person, it takes ${TAKES}.`);
  }
  const program = namedProgram(text);
  return program
    ? ok({ program, decidedBy: 'agent' })
    : err(`${field} is ${shown(text)}; it takes ${TAKES}.`);
}

function ownerProgram(field: string, text: string): Program {
  if (text === 'human') return ok({ program: null, decidedBy: 'person' });
  const confirmed = text.endsWith(CONFIRMED);
  const program = namedProgram(confirmed ? text.slice(0, -CONFIRMED.length) : text);
  return program
    ? ok({ program, decidedBy: confirmed ? 'agent-then-person' : 'agent' })
    : err(`${field} is ${shown(text)}; it takes ${TAKES}, human or PRESET+human.`);
}

/** `PRESET`, `@PROFILE` or `PRESET@PROFILE`. */
function namedProgram(text: string): Exclude<AgentSpec['program'], null> | null {
  const profile = PROFILE.exec(text);
  if (profile) return profileReference(profile[1] ?? '', profile[2] ?? '');
  const [, preset, model] = MODELLED.exec(text) ?? [];
  if (preset !== undefined && model !== undefined) return { kind: 'preset', preset, model };
  return isPreset(text) ? { kind: 'preset', preset: text } : null;
}

function profileReference(preset: string, id: string): ProfileReference | null {
  const isRight = checkId('', id).ok && (preset === '' || isPreset(preset));
  return isRight ? { kind: 'profile', id, preset: preset === '' ? null : preset } : null;
}

const isPreset = (text: string): boolean => PRESET.test(text) && !NO_PRESETS.has(text);

function execProgram(field: string, text: string): Program {
  const tty = text.startsWith('exec-tty:');
  const commandLine = text.slice(text.indexOf(':') + 1);
  const words = splitCommandLine(commandLine);
  if (!words.ok) {
    return err(
      `${field}: the command line ${shown(commandLine)} ${words.error}; it takes words by POSIX quoting rules.`,
    );
  }
  if (words.value[0] === undefined || words.value[0] === '') {
    return err(`${field} is ${shown(text)}; after "${tty ? 'exec-tty' : 'exec'}:" it takes a command line.`);
  }
  return ok({ program: { kind: 'exec', argv: words.value, tty }, decidedBy: 'agent' });
}

/** The SPECs of one role, with the field that errors are about. */
export interface RoleSpecs {
  readonly role: Role;
  readonly field: string;
  readonly specs: readonly (string | KeptMember)[];
}

/** A crew member that was read before, for an earlier loop. */
export interface KeptMember {
  readonly member: CrewMember;
  readonly decidedBy: DecidedBy;
}

export interface Crew {
  readonly members: readonly CrewMember[];
  readonly decidedBy: DecidedBy;
}

/** Finds a profile by its id, and what it is run by. `field` begins the error's sentence. */
export type FindProfile = (
  field: string,
  reference: ProfileReference,
  role: Role,
) => Result<Required<Pick<CrewMember, 'program' | 'profile'>>, string>;

/** A loop's whole crew. Unnamed agents are called by role and place (`implementer-2`, `product-owner`). */
export function parseCrew(roles: readonly RoleSpecs[], findProfile: FindProfile): Result<Crew, string> {
  const members: CrewMember[] = [];
  const taken = new Map<string, string>();
  const owners: KeptMember[] = [];
  for (const { role, field, specs } of roles) {
    for (const [index, given] of specs.entries()) {
      const read =
        typeof given === 'string' ? readMember({ role, field, index }, given, findProfile) : ok(given);
      if (!read.ok) return read;
      const { member } = read.value;
      const other = taken.get(member.id.toLowerCase());
      if (other !== undefined) {
        return err(
          `${field}: the name "${member.id}" is used twice (names are compared without case, other: ${other}); give each agent its own.`,
        );
      }
      taken.set(member.id.toLowerCase(), `"${member.id}"`);
      members.push(member);
      if (role === 'product-owner') owners.push(read.value);
    }
  }
  const people = owners.filter(({ member }) => member.program === null).length;
  if (people > 1)
    return err(`${fieldOf(roles)} names human ${people} times; one person decides, or votes on a board.`);
  return ok({ members, decidedBy: decidedByAll(owners, people) });
}

const fieldOf = (roles: readonly RoleSpecs[]): string =>
  roles.find(({ role }) => role === 'product-owner')?.field ?? '';

/** Beside agents a person is one of a board; alone they decide. */
function decidedByAll(owners: readonly KeptMember[], people: number): DecidedBy {
  if (owners.some(({ decidedBy }) => decidedBy === 'agent-then-person')) return 'agent-then-person';
  return people > 0 && owners.length === 1 ? 'person' : 'agent';
}

function readMember(
  { role, field, index }: { readonly role: Role; readonly field: string; readonly index: number },
  text: string,
  findProfile: FindProfile,
): Result<KeptMember, string> {
  const spec = parseAgentSpec(field, role, text);
  if (!spec.ok) return spec;
  const found = programOf({ field, role }, spec.value, findProfile);
  if (!found.ok) return found;
  const id = spec.value.name ?? unnamed(role, index);
  if (role === 'implementer' && editsNothing(found.value.program)) {
    return err(
      `${field}: ${id} is vscode, whose language models only read and edit no files; take it for validators and the product owner.`,
    );
  }
  return ok({ member: { id, role, ...found.value }, decidedBy: spec.value.decidedBy });
}

/** Its agents have tools that read, and no others. */
export const editsNothing = (program: AgentProgram | null): boolean =>
  program?.kind === 'preset' && program.preset === 'vscode';

export const unnamed = (role: Role, index: number): string =>
  role === 'product-owner' && index === 0 ? role : `${role}-${index + 1}`;

function programOf(
  { field, role }: Pick<RoleSpecs, 'field' | 'role'>,
  { program }: AgentSpec,
  findProfile: FindProfile,
): Result<Pick<CrewMember, 'program' | 'profile'>, string> {
  return program?.kind === 'profile' ? findProfile(field, program, role) : ok({ program });
}
