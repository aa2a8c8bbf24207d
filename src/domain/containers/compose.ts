import { CONTAINER_PORTS } from '../worktree/ports.ts';
import { LABELS } from './engine.ts';
import { CFN_NETWORK, MCP_NETWORK } from './networks.ts';

/** An MCP server as a service beside the loop's. */
export interface ComposeServer {
  readonly id: string;
  readonly port: number;
  readonly limits: {
    readonly memoryBytes: number;
    readonly memoryReservationBytes: number;
    readonly cpus: number;
    readonly cpuReservation: number;
  };
  readonly health: { readonly intervalMs: number; readonly timeoutMs: number; readonly retries: number };
  /** Folder that its image is built from, relative to the file; `null`: the image is there already. */
  readonly build: string | null;
}

export interface ComposeRequest {
  readonly servers: readonly ComposeServer[];
  /** File with the password of redis and postgres, relative to the file; `null`: they want none. */
  readonly passwordFile: string | null;
}

interface ServiceLimits {
  readonly deploy: {
    readonly resources: {
      readonly limits: { readonly memory: string; readonly cpus: string };
      readonly reservations: { readonly memory: string; readonly cpus: string };
    };
  };
  /** The same for programs that read `deploy` in a swarm alone. */
  readonly mem_limit: string;
  readonly mem_reservation: string;
  readonly cpus: number;
}

interface HealthCheck {
  readonly test: readonly string[];
  readonly interval: string;
  readonly timeout: string;
  readonly retries: number;
  readonly start_period?: string;
}

export interface ComposeService extends Partial<ServiceLimits> {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly networks?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: HealthCheck;
  readonly init?: boolean;
  readonly profiles?: readonly string[];
}

interface ComposeNetwork {
  readonly driver: 'bridge';
  readonly internal?: true;
  readonly driver_opts?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ipam: { readonly config: readonly { readonly subnet: string }[] };
}

export interface ComposeFile {
  readonly version: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks?: Readonly<Record<string, ComposeNetwork>>;
  readonly volumes?: Readonly<Record<string, Record<string, never>>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
}

const MIB = 1024 * 1024;
const VERSION = '3.8';
const SECRET = 'store-password';
const SECRET_PATH = `/run/secrets/${SECRET}`;

/** An agent's container finds the networks of its branch by this. */
const OWNED = { [LABELS.owner]: '${CFN_OWNER:-}' };

const REDIS_VOLUME = 'redis-data';
const POSTGRES_VOLUME = 'postgres-data';

/** As Compose names them: of each project its own. */
export const volumeNames = (project: string): readonly string[] =>
  [REDIS_VOLUME, POSTGRES_VOLUME].map((name) => `${project}_${name}`);

/** Names of servers inside the network, by their ids. */
export const serverService = (id: string): string => `mcp-${id}`;

/** The services of a loop with the seeds' names: `docker-compose.yml`. */
export function composeFile({ servers, passwordFile }: ComposeRequest): ComposeFile {
  const secured = passwordFile !== null;
  return {
    version: VERSION,
    services: {
      redis: redis(secured),
      postgres: postgres(secured),
      orchestrator: orchestrator(secured),
      ...Object.fromEntries(servers.map((server) => [serverService(server.id), mcpServer(server)])),
    },
    networks: {
      [CFN_NETWORK.name]: {
        driver: 'bridge',
        // Published ports are for this machine, unless an entry names another address.
        driver_opts: { 'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1' },
        labels: OWNED,
        ipam: { config: [{ subnet: `\${CFN_SUBNET:-${CFN_NETWORK.subnet}}` }] },
      },
      [MCP_NETWORK.name]: {
        driver: 'bridge',
        internal: true,
        labels: OWNED,
        ipam: { config: [{ subnet: `\${CFN_MCP_SUBNET:-${MCP_NETWORK.subnet}}` }] },
      },
    },
    volumes: { [REDIS_VOLUME]: {}, [POSTGRES_VOLUME]: {} },
    ...(secured ? { secrets: { [SECRET]: { file: passwordFile } } } : {}),
  };
}

/** What a worktree has of its own: `docker-compose.worktree.yml`. */
export function worktreeComposeFile(): ComposeFile {
  const port = (variable: string, fallback: number, inside: number): ComposeService => ({
    ports: [`\${${variable}:-${fallback}}:${inside}`],
  });
  return {
    version: VERSION,
    services: {
      redis: port('CFN_REDIS_PORT', 6379, CONTAINER_PORTS.redis),
      postgres: port('CFN_POSTGRES_PORT', 5432, CONTAINER_PORTS.postgres),
      orchestrator: port('CFN_ORCHESTRATOR_PORT', 3001, CONTAINER_PORTS.orchestrator),
    },
  };
}

/** `$$` is one dollar for Compose; the password reaches no argument and no variable of a container. */
const REDIS_WITH_PASSWORD = [
  'umask 077',
  `{ printf 'requirepass '; cat ${SECRET_PATH}; } > /tmp/redis.conf`,
  `exec redis-server /tmp/redis.conf --appendonly yes --dir /data`,
].join(' && ');

function redis(secured: boolean): ComposeService {
  return {
    image: '${CFN_REDIS_IMAGE:-redis:alpine}',
    command: secured
      ? ['sh', '-c', REDIS_WITH_PASSWORD]
      : ['redis-server', '--appendonly', 'yes', '--protected-mode', 'no'],
    init: true,
    networks: [CFN_NETWORK.name],
    volumes: [`${REDIS_VOLUME}:/data`],
    ...secretOf(secured),
    healthcheck: health(
      // The client ends with 0 when it is refused, so its answer is what counts.
      secured
        ? `REDISCLI_AUTH="$$(cat ${SECRET_PATH})" redis-cli ping | grep -q PONG`
        : 'redis-cli ping | grep -q PONG',
    ),
    ...limits({ memoryBytes: 256 * MIB, memoryReservationBytes: 128 * MIB, cpus: 0.5, cpuReservation: 0.25 }),
  };
}

function postgres(secured: boolean): ComposeService {
  return {
    // From 18 on the image keeps its data in another folder than the seeds' volume is for.
    image: '${CFN_POSTGRES_IMAGE:-postgres:17-alpine}',
    profiles: ['postgres'],
    networks: [CFN_NETWORK.name],
    volumes: [`${POSTGRES_VOLUME}:/var/lib/postgresql/data`],
    environment: [
      'POSTGRES_USER=cfn',
      'POSTGRES_DB=cfn',
      secured ? `POSTGRES_PASSWORD_FILE=${SECRET_PATH}` : 'POSTGRES_HOST_AUTH_METHOD=trust',
    ],
    ...secretOf(secured),
    healthcheck: {
      // By TCP, which the server that the image runs while it makes the database does not answer.
      ...health('pg_isready -h 127.0.0.1 -U cfn -d cfn'),
      start_period: '60s',
    },
    ...limits({ memoryBytes: 512 * MIB, memoryReservationBytes: 256 * MIB, cpus: 0.5, cpuReservation: 0.25 }),
  };
}

function orchestrator(secured: boolean): ComposeService {
  return {
    image: '${CFN_ORCHESTRATOR_IMAGE:-cfn-agent:latest}',
    profiles: ['orchestrator'],
    init: true,
    networks: [CFN_NETWORK.name, MCP_NETWORK.name],
    environment: [
      'MODE=${MODE:-standard}',
      `REDIS_URL=redis://redis:${CONTAINER_PORTS.redis}`,
      ...(secured ? [`REDIS_PASSWORD_FILE=${SECRET_PATH}`] : []),
    ],
    ...secretOf(secured),
    depends_on: { redis: { condition: 'service_healthy' } },
    healthcheck: {
      ...health(''),
      test: ['CMD', 'curl', '-f', `http://localhost:${CONTAINER_PORTS.orchestrator}/health`],
    },
    ...limits({ memoryBytes: 1024 * MIB, memoryReservationBytes: 512 * MIB, cpus: 1, cpuReservation: 0.5 }),
  };
}

function mcpServer({ id, port, limits: given, health: check, build }: ComposeServer): ComposeService {
  const variable = `CFN_MCP_${id.toUpperCase().replaceAll('-', '_')}_IMAGE`;
  return {
    ...(build === null ? { image: `\${${variable}:-cfn-mcp-${id}:latest}` } : { build }),
    profiles: ['mcp'],
    init: true,
    networks: [MCP_NETWORK.name],
    environment: [`MCP_SERVER_ID=${id}`, 'AUTH_TOKEN=${MCP_AUTH_TOKEN}'],
    ...limits(given),
    healthcheck: {
      test: ['CMD', 'curl', '-f', `http://localhost:${port}/health`],
      interval: `${check.intervalMs / 1000}s`,
      timeout: `${check.timeoutMs / 1000}s`,
      retries: check.retries,
    },
  };
}

const health = (script: string): HealthCheck => ({
  test: ['CMD-SHELL', script],
  interval: '5s',
  timeout: '3s',
  retries: 5,
});

const secretOf = (secured: boolean): Pick<ComposeService, 'secrets'> =>
  secured ? { secrets: [SECRET] } : {};

function limits(given: ComposeServer['limits']): ServiceLimits {
  const memory = megabytes(given.memoryBytes);
  const reservation = megabytes(given.memoryReservationBytes);
  return {
    deploy: {
      resources: {
        limits: { memory, cpus: cores(given.cpus) },
        reservations: { memory: reservation, cpus: cores(given.cpuReservation) },
      },
    },
    mem_limit: memory,
    mem_reservation: reservation,
    cpus: given.cpus,
  };
}

const megabytes = (bytes: number): string => {
  const count = Math.round(bytes / MIB);
  return count % 1024 === 0 ? `${count / 1024}G` : `${count}M`;
};
const cores = (count: number): string => (Number.isInteger(count) ? count.toFixed(1) : String(count));
