import type { Listener } from '../../ports/health-probes.ts';
import { claimedPorts, PORT_SLOTS } from '../../domain/worktree/ports.ts';
import { deadLeases, isHeld, isOver, type HealthFacts } from './health-facts.ts';
import {
  plural,
  REDIS_SILENT,
  serviceDown,
  toCheck,
  type CheckHead,
  type Finding,
  type HealthCheck,
} from './health-report.ts';

const HEADS = {
  store: {
    id: 'store',
    title: 'Coordination store',
    meaning: 'Answers the Redis protocol to agents; it runs only while something uses it.',
  },
  orchestrator: {
    id: 'service-orchestrator',
    title: 'Service orchestrator',
    meaning: 'The process that writes the journal of each unfinished loop.',
  },
  redis: {
    id: 'service-redis',
    title: 'Service redis',
    meaning: 'The process behind the coordination store.',
  },
  postgres: { id: 'service-postgres', title: 'Service postgres', meaning: 'A database server of your own.' },
  locks: { id: 'locks', title: 'Locks', meaning: 'Locks that agents hold; each has to end by itself.' },
  leases: {
    id: 'leases',
    title: 'Port leases',
    meaning: 'Ports that are kept for the services of worktrees, one set for each branch.',
  },
  ports: { id: 'ports', title: 'Ports', meaning: "Who listens on the store's port and on leased ones." },
} satisfies Readonly<Record<string, CheckHead>>;

export function serviceChecks(facts: HealthFacts): readonly HealthCheck[] {
  return [
    toCheck(HEADS.store, store(facts)),
    toCheck(HEADS.orchestrator, orchestrator(facts)),
    toCheck(HEADS.redis, redis(facts)),
    toCheck(HEADS.postgres, { state: 'skipped', detail: 'not used' }),
    toCheck(HEADS.locks, locks(facts)),
    toCheck(HEADS.leases, leases(facts)),
    toCheck(HEADS.ports, ports(facts)),
  ];
}

/** A tenth of all that there are; fewer are no trouble to anybody. */
const MANY_LEASES = PORT_SLOTS / 10;

/** In the order of the seeds' guide: does it run, can it be reached, does it answer an agent. */
const refusedAdvice = ({ stateFolder, store: found }: HealthFacts): readonly string[] => [
  `Does it run: see "Service redis" here and ${stateFolder.path}/store.log.`,
  `Can it be reached: it listens on 127.0.0.1${found.port === null ? '' : `:${found.port}`} alone; see "Ports" here.`,
  'Does it answer an agent: cfn context store --task-id TASK_ID --key ping --value 1',
  'Loops go on without it: only values that agents share are missing until it is back.',
];

function store(facts: HealthFacts): Finding {
  const { store: found, loops } = facts;
  if (found.kind === 'answers') {
    const clients = found.clients === null ? '' : `, ${plural(found.clients, 'connection')}`;
    const keys = found.keys === null ? '' : `, ${plural(found.keys, 'key')}`;
    const place = found.port === null ? '' : ` on port ${found.port}`;
    const behind = found.behind === null ? '' : `, in front of ${found.behind}`;
    const detail = `PONG in ${found.latencyMs} ms${place}${behind}${clients}${keys}`;
    return found.guarded
      ? { state: 'ok', detail }
      : { state: 'warning', detail: `${detail}; it answers without a password`, advice: ['Set a password.'] };
  }
  const advice = refusedAdvice(facts);
  if (found.kind === 'silent') {
    return { state: 'error', detail: `${REDIS_SILENT}: ${found.message}`, advice, fix: 'start-store' };
  }
  if (!loops.some(isHeld)) return { state: 'skipped', detail: 'none runs; the next loop starts one' };
  return {
    state: 'error',
    detail: `${REDIS_SILENT}: none runs, but a loop does`,
    advice,
    fix: 'start-store',
  };
}

function redis({ store: found, loops }: HealthFacts): Finding {
  switch (found.kind) {
    case 'answers':
      return { state: 'ok', detail: found.pid === null ? 'running' : `process ${found.pid}` };
    case 'silent':
      return { state: 'warning', detail: 'something has its port and does not answer' };
    case 'ended':
      return loops.some(isHeld)
        ? { state: 'error', detail: serviceDown('redis'), fix: 'start-store' }
        : { state: 'skipped', detail: 'not needed now' };
  }
}

/** A loop whose process ended without letting go was killed; one that was let go of waits for `resume`. */
function orchestrator({ loops }: HealthFacts): Finding {
  const open = loops.filter((loop) => !isOver(loop) && loop.damage === null);
  if (open.length === 0) return { state: 'skipped', detail: 'no loop is in progress' };
  const killed = open.filter((loop) => loop.holder?.state === 'gone');
  const resting = open.filter((loop) => !isHeld(loop) && loop.holder?.state !== 'gone');
  const ids = (some: typeof open) => some.map((loop) => loop.taskId).join(', ');
  const resume = open.filter((loop) => !isHeld(loop)).map((loop) => `cfn resume ${loop.taskId}`);
  if (killed.length > 0) {
    const detail = `${serviceDown('orchestrator')}: the process of ${ids(killed)} was killed`;
    return { state: 'error', detail, advice: resume };
  }
  if (resting.length === 0)
    return { state: 'ok', detail: `${plural(open.length, 'loop')} held: ${ids(open)}` };
  return { state: 'ok', detail: `let go, nobody runs ${ids(resting)}`, advice: resume };
}

function locks({ locks: found, store: { kind } }: HealthFacts): Finding {
  if (kind !== 'answers') return { state: 'skipped', detail: 'the store does not run' };
  if (!found.ok) return { state: 'warning', detail: found.error };
  const endless = found.value.filter((lock) => lock.ttlSeconds === null).map((lock) => lock.name);
  if (endless.length > 0) {
    return {
      state: 'warning',
      detail: `without an end: ${endless.join(', ')}`,
      advice: endless.map((name) => `cfn lock release --key ${name.replace(/^lock:/, '')}`),
    };
  }
  const held = found.value.map((lock) => `${lock.name} (${lock.ttlSeconds ?? 0} s left)`);
  return { state: 'ok', detail: held.length === 0 ? 'none held' : held.join(', ') };
}

function leases(facts: HealthFacts): Finding {
  if (facts.leases.length === 0) return { state: 'ok', detail: 'none' };
  const dead = deadLeases(facts).length;
  const detail = `${plural(facts.leases.length, 'branch', 'branches')} with ports`;
  if (dead === 0) return { state: 'ok', detail };
  return {
    state: dead < MANY_LEASES ? 'ok' : 'warning',
    detail: `${detail}, ${dead} of ended loops`,
    advice: ['Nobody listens on these; releasing them gives the ports back.'],
    fix: 'release-leases',
  };
}

const listenerText = ({ port, address, pid, program }: Listener): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port} ${program ?? 'a program of another user'}${pid === null ? '' : ` (${pid})`}`;

function ports(facts: HealthFacts): Finding {
  const { listeners, store: found, leases: leased } = facts;
  if (!listeners.ok) return { state: 'warning', detail: `Who listens could not be seen: ${listeners.error}` };
  const on = (port: number) => listeners.value.filter((listener) => listener.port === port);
  const intruders = found.port === null || found.kind === 'answers' ? [] : on(found.port);
  if (intruders.length > 0) {
    return {
      state: 'error',
      detail: `The store's port is taken: ${intruders.map(listenerText).join(', ')}`,
      advice: conflictAdvice(intruders),
    };
  }
  const doubled = leased.filter((lease) =>
    [lease.redis, lease.postgres, lease.orchestrator].some((port) => on(port).length > 1),
  );
  if (doubled.length > 0) {
    const several = doubled.flatMap((lease) => claimedPorts(lease).flatMap(on));
    return {
      state: 'warning',
      detail: `Several listen on one leased port: ${several.map(listenerText).join(', ')}`,
      advice: conflictAdvice(several),
    };
  }
  if (listeners.value.length === 0) return { state: 'ok', detail: 'nobody listens on the ports of loops' };
  return { state: 'ok', detail: listeners.value.map(listenerText).join(', ') };
}

/** Nothing of others is ever ended or removed by us. */
const conflictAdvice = (listeners: readonly Listener[]): readonly string[] => [
  ...listeners.map(({ port, pid, program }) =>
    pid === null
      ? `Find out who has port ${port}: another user's program keeps its name to itself.`
      : `End ${program ?? 'it'} (process ${pid}) if it is yours and not needed, or give it another port.`,
  ),
  'The store takes another port by itself at its next start when its own is taken.',
];
