import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOwnServers } from './adapters/mcp-servers/own-servers.ts';
import { createServerPackages, type ServerPackages } from './adapters/mcp-servers/packages.ts';
import { surroundingsOf } from './adapters/process/mcp/attempt-servers.ts';
import { createProcessStart } from './adapters/process/mcp/server-process.ts';
import { createProcessTable } from './adapters/process/process-table.ts';
import { findProgram } from './adapters/providers/programs.ts';
import { stateHome } from './adapters/state/root.ts';
import type {
  AgentServers,
  McpServersService,
  ServerCheck,
  ServerStanding,
} from './app/mcp-servers/mcp-servers.ts';
import { err, ok, type Result } from './base/result.ts';
import { shown } from './base/shown.ts';
import { userConfigFolder } from './base/user-config.ts';
import { CATALOGUE } from './domain/mcp-servers/catalogue.ts';
import type { McpServer } from './domain/mcp-servers/server.ts';
import { serversOfSkills, SKILL_MAP } from './domain/mcp-servers/skills.ts';
import { mergeServers, type KnownServers, type ServerLaunch } from './protocol/mcp-servers.ts';

type Variables = Readonly<Record<string, string | undefined>>;

export interface McpServersOptions {
  readonly env: Variables;
  /** PATH as the user's login shell has it. */
  readonly path: () => Promise<string>;
}

/** What of a server is here: how it is started, or why it cannot be. */
type Found = Result<ServerLaunch, string>;

export function createMcpServers({ env, path }: McpServersOptions): McpServersService {
  const configHome = userConfigFolder({ env, platform: process.platform, home: homedir() });
  const programs = async (name: string) => findProgram(name, { ...env, PATH: await path() });
  const packages = createServerPackages({ stateHome: stateHome({ env }), env, npm: () => programs('npm') });
  const known = async (): Promise<Result<KnownServers, string>> => {
    const own = await readOwnServers(configHome);
    return own.ok ? mergeServers({ servers: CATALOGUE, skills: SKILL_MAP }, own.value) : own;
  };
  const find = (server: McpServer): Promise<Found> => launchOf(server, { packages, programs, env });
  const named = async (ids: readonly string[]): Promise<Result<readonly McpServer[], string>> => {
    const all = await known();
    if (!all.ok) return all;
    const { servers } = all.value;
    const unknown = ids.find((id) => !servers.has(id));
    if (unknown !== undefined)
      return err(`${shown(unknown)} is no MCP server; there is ${[...servers.keys()].join(', ')}.`);
    return ok([...servers.values()].filter(({ id }) => ids.length === 0 || ids.includes(id)));
  };
  return {
    async standings() {
      const all = await known();
      if (!all.ok) return all;
      const { servers, skills } = all.value;
      return ok(
        await Promise.all(
          [...servers.values()].map(async (server): Promise<ServerStanding> => {
            const found = await find(server);
            return {
              server,
              skills: [...skills].flatMap(([skill, ids]) => (ids.includes(server.id) ? [skill] : [])),
              ready: found.ok,
              message: found.ok ? whatIsThere(server, found.value) : found.error,
            };
          }),
        ),
      );
    },
    async check(ids, signal) {
      const asked = await named(ids);
      if (!asked.ok) return asked;
      const checks: ServerCheck[] = [];
      // One after the other: each may want half a gigabyte.
      for (const server of asked.value)
        checks.push(await checkOne(server.id, await find(server), { env, signal }));
      return ok(checks);
    },
    async installPlan(id) {
      const asked = await named([id]);
      if (!asked.ok) return asked;
      const backing = asked.value[0]?.backing;
      if (backing?.kind !== 'package')
        return err(`${id} is no package that we install: ${howItComes(asked.value[0])}`);
      const wanted = `${backing.name}@${backing.version}`;
      return ok({
        id,
        wanted,
        folder: packages.folderOf(backing),
        installed: packages.entryOf(backing) !== null,
      });
    },
    async install({ id }, signal) {
      const asked = await named([id]);
      if (!asked.ok) return asked;
      const backing = asked.value[0]?.backing;
      return backing?.kind === 'package' ? packages.install(backing, signal) : err(`${id} is no package.`);
    },
    async forSkills(skills) {
      const all = await known();
      return all.ok ? ok(await agentServers(skills, all.value, { find, env })) : all;
    },
  };
}

async function agentServers(
  skills: readonly string[],
  { skills: map, servers }: KnownServers,
  { find, env }: { readonly find: (server: McpServer) => Promise<Found>; readonly env: Variables },
): Promise<AgentServers> {
  const seen = serversOfSkills(skills, { map, servers });
  const found = await Promise.all(seen.servers.map(find));
  const launches = found.flatMap((one) => (one.ok ? [one.value] : []));
  return {
    launches,
    secrets: secretsOf(launches, env),
    missing: [
      ...seen.unknownSkills.map((skill) => `No MCP server goes with the skill ${shown(skill)}.`),
      ...found.flatMap((one) => (one.ok ? [] : [one.error])),
    ],
  };
}

function secretsOf(launches: readonly ServerLaunch[], env: Variables): Record<string, string> {
  const names = launches.flatMap(({ variables, start }) => [
    ...variables,
    ...(start.kind === 'address' && start.tokenVariable !== null ? [start.tokenVariable] : []),
  ]);
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

interface Machine {
  readonly packages: ServerPackages;
  readonly programs: (name: string) => Promise<string | null>;
  readonly env: Variables;
}

async function launchOf(server: McpServer, machine: Machine): Promise<Found> {
  const start = await startOf(server, machine);
  if (!start.ok) return start;
  const browser = server.needs.includes('browser') ? await browserEnvironment(machine) : ok({});
  if (!browser.ok) return err(`${server.title} is not ready: ${browser.error}`);
  const { id, title, needs, variables, health } = server;
  return ok({ id, title, start: start.value, needs, variables, env: browser.value, health });
}

async function startOf(
  server: McpServer,
  { packages, programs, env }: Machine,
): Promise<Result<ServerLaunch['start'], string>> {
  const { backing, id, title } = server;
  switch (backing.kind) {
    case 'package': {
      const entry = packages.entryOf(backing);
      return entry === null
        ? err(`${title} is not installed; it comes with: cfn mcp install ${id}`)
        : ok({ kind: 'process', node: true, argv: [entry, ...backing.args] });
    }
    case 'program': {
      const program = await programs(backing.command);
      return program === null
        ? err(`${title} is not ready: ${backing.command} was not found on PATH.`)
        : ok({ kind: 'process', node: false, argv: [program, ...backing.args] });
    }
    case 'address': {
      const { url, tokenVariable } = backing;
      if (url === null) return err(`${title} is not ready: ${howItComes(server)}`);
      if (tokenVariable !== null && !env[tokenVariable])
        return err(`${title} is not ready: ${tokenVariable} is not set.`);
      return ok({ kind: 'address', url, tokenVariable });
    }
    case 'image':
      return ok({ kind: 'container', image: backing.image, argv: backing.argv, limits: server.limits });
  }
}

function howItComes(server: McpServer | undefined): string {
  switch (server?.backing.kind) {
    case 'address':
      return `name its address in mcp-servers.json${server.source === null ? '' : ` (${server.source})`}.`;
    case 'program':
      return `install ${server.backing.command} yourself${server.source === null ? '' : ` (${server.source})`}.`;
    default:
      return 'its image comes from your container engine.';
  }
}

function whatIsThere({ backing }: McpServer, { start }: ServerLaunch): string {
  if (start.kind === 'address') return `at ${start.url}`;
  if (backing.kind === 'package') return `${backing.name} ${backing.version} is installed`;
  return start.kind === 'process' ? `${start.argv[0]}` : start.image;
}

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** Elsewhere the server finds the person's own browser by itself. */
async function browserEnvironment({ programs }: Machine): Promise<Result<Record<string, string>, string>> {
  if (process.platform !== 'linux') return ok({});
  for (const name of BROWSERS) {
    const program = await programs(name);
    if (program === null) continue;
    // Chromium has no sandbox for root.
    const root = process.getuid?.() === 0 ? { PLAYWRIGHT_MCP_SANDBOX: 'false' } : {};
    return ok({ PLAYWRIGHT_MCP_EXECUTABLE_PATH: program, ...root });
  }
  return err('no browser was found on PATH; install Chromium or Google Chrome.');
}

interface Checking {
  readonly env: Variables;
  readonly signal: AbortSignal;
}

async function checkOne(id: string, found: Found, { env, signal }: Checking): Promise<ServerCheck> {
  if (!found.ok) return { id, status: 'absent', message: found.error, tools: [] };
  const launch = found.value;
  if (launch.start.kind === 'container') {
    return {
      id,
      status: 'absent',
      message: `${launch.title} is tried by agents in containers alone.`,
      tools: [],
    };
  }
  if (launch.needs.includes('store') && !env['CFN_REDIS_URL']) {
    return {
      id,
      status: 'absent',
      message: `${launch.title} takes a coordination store: set CFN_REDIS_URL.`,
      tools: [],
    };
  }
  const folder = await mkdtemp(join(tmpdir(), 'cfn-mcp-'));
  try {
    const { connectServer } = await import('./adapters/process/mcp/server-gateway.ts');
    const place = { cwd: folder, out: folder, env, secrets: env };
    const connected = await connectServer({
      launch,
      start: createProcessStart({ table: createProcessTable(), runToken: randomUUID() }),
      ...surroundingsOf(place, launch),
      variable: (name) => env[name],
      signal,
    });
    if (!connected.ok) return { id, status: 'fails', message: connected.error, tools: [] };
    try {
      const { tools } = await connected.value.client.request({ method: 'tools/list' }, { signal });
      const names = tools.map(({ name }) => name);
      return {
        id,
        status: 'answers',
        message: `${launch.title} answers with ${names.length} tools.`,
        tools: names,
      };
    } finally {
      await connected.value.close();
    }
  } catch (error) {
    return { id, status: 'fails', message: `${launch.title}: ${String(error)}`, tools: [] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
