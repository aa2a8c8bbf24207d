/**
 * What an attempt is told of further MCP servers, and what a person says of them in `mcp-servers.json` beside their settings.
 * Nothing of a repository is read here: whoever describes a server says which program is run.
 */
import * as z from 'zod/mini';
import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import { parseJson, problemOf } from './own-file.ts';
import {
  MAX_SERVER_ID,
  SERVER_ID,
  SKILL_NAME,
  type McpServer,
  type McpServers,
  type ServerBacking,
} from '../domain/mcp-servers/server.ts';
import { mergeSkills, type SkillMap } from '../domain/mcp-servers/skills.ts';

const NEEDS = ['store', 'browser', 'worktree'] as const;
const id = z.string().check(z.maxLength(MAX_SERVER_ID), z.regex(SERVER_ID));
const word = z.string().check(z.minLength(1), z.maxLength(4096));

/** How a server is started when its agent asks for it first. */
const startSchema = z.discriminatedUnion('kind', [
  /** `argv` begins with an absolute path, or is what Node runs. */
  z.object({ kind: z.literal('process'), node: z.boolean(), argv: z.readonly(z.array(word)) }),
  z.object({
    kind: z.literal('container'),
    image: word,
    argv: z.readonly(z.array(word)),
    limits: z.object({
      memoryBytes: z.number(),
      memoryReservationBytes: z.number(),
      cpus: z.number(),
    }),
  }),
  z.object({ kind: z.literal('address'), url: z.string(), tokenVariable: z.nullable(z.string()) }),
]);

export const serverLaunchSchema = z.object({
  id,
  title: z.string(),
  start: startSchema,
  /** What it is given of the attempt. */
  needs: z.readonly(z.array(z.enum(NEEDS))),
  /** Names of variables of the agent's surroundings that it may see. */
  variables: z.readonly(z.array(z.string())),
  /** Further variables, none of them secret. */
  env: z.record(z.string(), z.string()),
  health: z.object({ intervalMs: z.number(), timeoutMs: z.number(), retries: z.number() }),
});
export type ServerLaunch = z.infer<typeof serverLaunchSchema>;

/** It must read as a secret, or logs would not know that its value is one. */
const SECRET_VARIABLE = /^[A-Z][A-Z0-9_]{0,98}_(?:KEY|TOKEN|SECRET)$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,98}$/;

const ownServerSchema = z.strictObject({
  title: z.optional(word),
  purpose: z.optional(word),
  program: z.optional(word),
  image: z.optional(word),
  address: z.optional(z.string().check(z.refine(isSafeUrl))),
  args: z.optional(z.array(word)),
  tokenVariable: z.optional(z.nullable(z.string().check(z.regex(SECRET_VARIABLE)))),
  needs: z.optional(z.array(z.enum(NEEDS))),
  variables: z.optional(z.array(z.string().check(z.regex(VARIABLE)))),
  memoryMb: z.optional(z.int().check(z.minimum(16))),
  cpus: z.optional(z.number().check(z.positive())),
});
type OwnServer = z.infer<typeof ownServerSchema>;

const TAKES: Readonly<Record<keyof OwnServer, string>> = {
  title: 'a text',
  purpose: 'a text',
  program: 'an absolute path, or the name of a program on PATH',
  image: 'the name of an image, best with its digest',
  address: 'an https address, or http on this machine',
  args: 'a list of texts',
  tokenVariable: 'the name of a variable that ends in _KEY, _TOKEN or _SECRET, or null',
  needs: `a list of ${NEEDS.join(', ')}`,
  variables: 'a list of names of variables',
  memoryMb: 'a whole number of megabytes, at least 16',
  cpus: 'a number of cores above 0',
};

/** A credential in clear text goes no further than this machine. */
function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== '' || password !== '' || hash !== '') return false;
  const here = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && here);
}

const fileSchema = z.strictObject({
  version: z.literal(1),
  $schema: z.optional(z.string()),
  servers: z.optional(z.record(z.string(), z.unknown())),
  skill_to_mcp_mapping: z.optional(z.record(z.string(), z.array(z.string()))),
});

export interface OwnMcpServers {
  readonly servers: ReadonlyMap<string, OwnServer>;
  readonly skills: SkillMap;
}

export const NO_OWN_SERVERS: OwnMcpServers = { servers: new Map(), skills: new Map() };

/** `file` begins the error's sentence. */
export function parseOwnServers(file: string, text: string): Result<OwnMcpServers, string> {
  const raw = parseJson(file, text);
  if (!raw.ok) return raw;
  const read = fileSchema.safeParse(raw.value);
  if (!read.success)
    return err(
      `${file} takes { "version": 1, "servers": { ID: { … } }, "skill_to_mcp_mapping": { SKILL: [ID] } }.`,
    );
  const servers = new Map<string, OwnServer>();
  for (const [name, value] of Object.entries(read.data.servers ?? {})) {
    if (!id.safeParse(name).success) return err(`${file}: the server ${shown(name)} is no id; ${ID_TAKES}`);
    const server = ownServerSchema.safeParse(value);
    if (!server.success) return err(`${file}: ${problemOf(TAKES, { name, value, error: server.error })}`);
    servers.set(name, server.data);
  }
  const skills = new Map<string, readonly string[]>();
  for (const [skill, ids] of Object.entries(read.data.skill_to_mcp_mapping ?? {})) {
    if (!SKILL_NAME.test(skill)) return err(`${file}: the skill ${shown(skill)} is no name; ${SKILL_TAKES}`);
    skills.set(skill, ids);
  }
  return ok({ servers, skills });
}

const ID_TAKES = `it takes lower-case letters and digits, parted by "-", up to ${MAX_SERVER_ID}, and does not begin with cfn.`;
const SKILL_TAKES = 'it takes lower-case letters, digits, ".", "_" and "-", up to 64.';

export interface KnownServers {
  readonly servers: McpServers;
  readonly skills: SkillMap;
}

/** What is in force: the catalogue, then what a person's file changes of it and adds. */
export function mergeServers(shipped: KnownServers, own: OwnMcpServers): Result<KnownServers, string> {
  const servers = new Map(shipped.servers);
  for (const [name, given] of own.servers) {
    const merged = withOwn(name, servers.get(name), given);
    if (!merged.ok) return err(`mcp-servers.json: ${name} ${merged.error}`);
    servers.set(name, merged.value);
  }
  for (const [skill, ids] of own.skills) {
    const unknown = ids.find((one) => !servers.has(one));
    if (unknown !== undefined) {
      return err(
        `mcp-servers.json: the skill ${skill} names the server ${shown(unknown)}, which there is not; there is ${[...servers.keys()].join(', ')}.`,
      );
    }
  }
  return ok({ servers, skills: mergeSkills(shipped.skills, own.skills) });
}

const MIB = 1024 * 1024;
/** Of a server that nobody gave others: those of the catalogue's smaller ones. */
const LIMITS = { memoryBytes: 512 * MIB, memoryReservationBytes: 256 * MIB, cpus: 0.5, cpuReservation: 0.25 };
const HEALTH = { intervalMs: 30_000, timeoutMs: 10_000, retries: 3 };

/** What a new server is before anything was said of it. */
const fresh = (id: string): Omit<McpServer, 'backing'> => ({
  id,
  title: id,
  purpose: '',
  port: null,
  limits: LIMITS,
  health: HEALTH,
  startOrder: Number.MAX_SAFE_INTEGER,
  needs: [],
  variables: [],
  source: null,
  verified: null,
  origin: 'yours',
});

function withOwn(name: string, known: McpServer | undefined, given: OwnServer): Result<McpServer, string> {
  const backing = backingOf(known, given);
  if (!backing.ok) return backing;
  const before = known ?? fresh(name);
  const { title = before.title, purpose = before.purpose } = given;
  const { needs = before.needs, variables = before.variables } = given;
  return ok({
    ...before,
    title,
    purpose,
    needs,
    variables,
    limits: limitsOf(before.limits, given),
    backing: backing.value,
    // What was seen to work was another thing.
    ...(backing.value === known?.backing ? {} : { source: null, verified: null }),
    origin: 'yours',
  });
}

function limitsOf(
  before: McpServer['limits'],
  { memoryMb, cpus = before.cpus }: OwnServer,
): McpServer['limits'] {
  const memoryBytes = memoryMb === undefined ? before.memoryBytes : memoryMb * MIB;
  return {
    memoryBytes,
    memoryReservationBytes: Math.min(before.memoryReservationBytes, memoryBytes),
    cpus,
    cpuReservation: Math.min(before.cpuReservation, cpus),
  };
}

function backingOf(known: McpServer | undefined, given: OwnServer): Result<ServerBacking, string> {
  const { program, image, address, args, tokenVariable } = given;
  const named = [program, image, address].filter((one) => one !== undefined);
  if (named.length > 1) return err('takes one of program, image and address.');
  if (program !== undefined) return ok({ kind: 'program', command: program, args: args ?? [] });
  if (image !== undefined) return ok({ kind: 'image', image, argv: args ?? [] });
  if (address !== undefined) {
    const before = known?.backing.kind === 'address' ? known.backing.tokenVariable : null;
    return ok({
      kind: 'address',
      url: address,
      tokenVariable: tokenVariable === undefined ? before : tokenVariable,
    });
  }
  if (known === undefined) return err('is new, so it takes one of program, image and address.');
  if (args !== undefined && (known.backing.kind === 'package' || known.backing.kind === 'program'))
    return ok({ ...known.backing, args });
  return ok(known.backing);
}
