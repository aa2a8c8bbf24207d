import { systemClock } from '../../base/clock.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { claimedPorts } from '../../domain/worktree/ports.ts';
import type { DetectedAgent } from '../../ports/agent-provider.ts';
import type {
  AttemptProbe,
  HolderProbe,
  IndexProbe,
  KeyLook,
  MachineProbe,
  RepositoryLook,
  RepositoryProbe,
  SignIn,
  StoreLook,
  StoreProbe,
} from '../../ports/health-probes.ts';
import type { EngineAddress } from '../../domain/containers/engine.ts';
import type { CodePlace } from '../../domain/loop/model.ts';
import type { EngineFacts, ListedContainer } from '../../ports/container-engine.ts';
import { COMPOSE_MARK } from '../../protocol/compose-text.ts';
import type { AccountStanding } from '../../ports/agent-slots.ts';
import type { Ledger, LoopStore } from '../../ports/journal.ts';
import type { PortLease, PortLeases } from '../../ports/port-leases.ts';
import { KEY_PATTERNS } from '../../protocol/keys.ts';
import { parseSettingsFile, REPOSITORY_SETTING_NAMES } from '../../protocol/settings.ts';
import {
  deadLeases,
  isHeld,
  type AgentFact,
  type HealthFacts,
  type LedgerFact,
  type LoopFact,
} from './health-facts.ts';
import { toReport, type FixId, type HealthReport } from './health-report.ts';
import { summarize, type HealthSummary } from './health-summary.ts';
import type { LoopError, LoopService } from '../loop-service.ts';
import type { LoopQueries } from '../query-loops.ts';
import { COMPOSE, wantsContainers } from './container-checks.ts';
import { loopFacts } from './loop-facts.ts';
import { machineChecks } from './machine-checks.ts';
import { repositoryChecks } from './repository-checks.ts';
import { serviceChecks } from './service-checks.ts';

/** What belongs to a repository's state folder; only there once a loop was opened. */
export interface RepositoryState {
  readonly loops: LoopStore;
  readonly ledger: Ledger;
  readonly leases: PortLeases;
  readonly index: IndexProbe;
  readonly queries: LoopQueries;
  readonly holders: HolderProbe;
}

export interface DoctorDeps {
  readonly machine: MachineProbe;
  readonly repositories: RepositoryProbe;
  readonly repository: RepositoryLook;
  readonly store: StoreProbe;
  readonly attempts: AttemptProbe;
  readonly agents: () => Promise<readonly DetectedAgent[]>;
  readonly accounts: () => Promise<readonly AccountStanding[]>;
  readonly engine: () => Promise<Result<EngineFacts, string>>;
  /** What agents in containers run in. */
  readonly image: () => Promise<string>;
  /** Asked of an engine that answers. */
  readonly containers: ContainerProbe;
  /** As it was chosen for the repository. */
  readonly codePlace: () => Promise<CodePlace | null>;
  readonly signIn: (id: string) => Promise<SignIn>;
  /** What is wrong with how the user's own Redis is named. */
  readonly redisProblem: string | null;
  /** Absolute paths of the built programs. */
  readonly programs: readonly string[];
  /** Of the repository, or the one that holds all of them. */
  readonly stateFolder: string;
  readonly state: RepositoryState | null;
  /** Asked only where the ledger names a worktree. */
  readonly worktrees: () => Promise<Result<WorktreeCare, LoopError>>;
}

export interface ContainerProbe {
  hasImage(address: EngineAddress, name: string, signal: AbortSignal): Promise<Result<boolean, string>>;
  list(
    address: EngineAddress,
    labels: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Result<readonly ListedContainer[], string>>;
}

export type WorktreeCare = Pick<LoopService, 'worktreeFaults' | 'repairWorktrees'>;

/** One use case behind `cfn doctor`, `CFN: Doctor`, the status bar and `cfn status`. */
export interface Doctor {
  /** Looks at everything and changes nothing. */
  examine(signal: AbortSignal): Promise<HealthReport>;
  summary(signal: AbortSignal): Promise<HealthSummary>;
  /** One sentence about what was done. */
  fix(id: FixId, signal: AbortSignal): Promise<Result<string, string>>;
}

const SIZE_MS = 5000;
/** Lock names that are looked at; more are never held by hand. */
const MOST_LOCKS = 100;

export function createDoctor(deps: DoctorDeps): Doctor {
  return {
    examine: async (signal) => {
      const facts = await gather(deps, signal);
      return toReport([...machineChecks(facts), ...repositoryChecks(facts), ...serviceChecks(facts)]);
    },
    summary: async (signal) => {
      const [store, indexExists, loops] = await Promise.all([
        deps.store.look(signal),
        deps.state?.index.exists() ?? false,
        deps.state === null ? [] : holdersOf(deps.state),
      ]);
      const running = loops.filter(isHeld).length;
      return summarize({ store, indexExists, running, resting: loops.length - running });
    },
    fix: (id, signal) => fix(deps, id, signal),
  };
}

/** Without reading a journal: the summary is asked for again and again. */
async function holdersOf({ loops, holders }: RepositoryState): Promise<readonly LoopFact[]> {
  const facts = { damage: null, events: 0, updatedAt: 0, state: 'unknown', failedStarts: [] } as const;
  return Promise.all(
    (await loops.list()).map(async (taskId) => ({ ...facts, taskId, holder: await holders.holder(taskId) })),
  );
}

async function gather(deps: DoctorDeps, signal: AbortSignal): Promise<HealthFacts> {
  const { machine, state } = deps;
  // Before anything else, so that the time of a ping is the store's own.
  const store = await deps.store.look(signal);
  const [engine, codePlace, git, settings, programs, agents, stateFolder, sizes] = await Promise.all([
    deps.engine(),
    deps.codePlace(),
    deps.repositories.gitVersion(signal),
    settingsOf(deps),
    Promise.all(deps.programs.map(async (path) => ({ path, found: (await machine.file(path)) !== null }))),
    agentsOf(deps),
    machine.folder(deps.stateFolder),
    sizesOf(deps, signal),
  ]);
  const [index, loops, leases] = await Promise.all([
    state?.index.look() ?? ({ kind: 'missing' } as const),
    state === null ? [] : loopFacts(state.loops, state.holders),
    state?.leases.leases() ?? [],
  ]);
  const ledger = state === null ? [] : await ledgerOf(deps, state);
  return {
    node: machine.nodeVersion,
    git,
    repository: deps.repository,
    settings,
    programs,
    agents,
    accounts: { now: systemClock.now(), standings: await deps.accounts() },
    engine,
    codePlace,
    containers: engine.ok
      ? await containersOf(
          deps,
          { address: engine.value.address, wanted: wantsContainers({ settings, codePlace }) },
          signal,
        )
      : null,
    stateFolder,
    sizes,
    resources: machine.resources(),
    store,
    locks: await locksOf(deps, store, signal),
    index,
    loops,
    leases,
    ledger,
    worktrees: await worktreesOf(deps, ledger),
    listeners: await machine.listeners(portsOf(store, leases), signal),
  };
}

async function settingsOf({
  repository,
  machine,
  redisProblem,
}: DoctorDeps): Promise<HealthFacts['settings']> {
  if (redisProblem !== null) return { problem: redisProblem, runtime: null };
  if (repository.kind !== 'usable') return { problem: null, runtime: null };
  const name = '.cfn/config.json';
  const text = await machine.text(`${repository.root}/${name}`);
  if (!text.ok) return { problem: `${text.error}.`, runtime: null };
  if (text.value === null) return { problem: null, runtime: null };
  const parsed = parseSettingsFile(name, text.value, REPOSITORY_SETTING_NAMES);
  return parsed.ok
    ? { problem: null, runtime: parsed.value.runtime ?? null }
    : { problem: parsed.error, runtime: null };
}

interface AskedEngine {
  readonly address: EngineAddress;
  /** Agents are to run in containers here. */
  readonly wanted: boolean;
}

async function containersOf(
  { containers, image, repository, machine }: DoctorDeps,
  { address, wanted }: AskedEngine,
  signal: AbortSignal,
): Promise<HealthFacts['containers']> {
  const name = await image();
  const root = repository.kind === 'usable' ? repository.root : null;
  const [there, compose, services] = await Promise.all([
    wanted ? containers.hasImage(address, name, signal) : null,
    root === null ? ok(null) : machine.text(`${root}/docker-compose.yml`),
    root === null ? ok([]) : containers.list(address, { [COMPOSE.folder]: root }, signal),
  ]);
  return {
    image: there && { name, there },
    composed: compose.ok && compose.value?.startsWith(COMPOSE_MARK) === true,
    services,
  };
}

async function agentsOf(deps: DoctorDeps): Promise<Result<readonly AgentFact[], string>> {
  try {
    const found = await deps.agents();
    return ok(
      await Promise.all(
        found.map(async (agent) => ({
          agent,
          signIn: await deps.signIn(agent.id),
        })),
      ),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err(`The agent CLIs could not be looked for: ${reason}`);
  }
}

async function sizesOf(deps: DoctorDeps, signal: AbortSignal): Promise<HealthFacts['sizes']> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(SIZE_MS)]);
  const nothing = { bytes: 0, files: 0, complete: true };
  const [state, worktrees] = await Promise.all([
    deps.state === null ? nothing : deps.machine.size(deps.stateFolder, limit),
    deps.repository.kind === 'usable' ? deps.machine.size(deps.repository.worktreesRoot, limit) : nothing,
  ]);
  return { state, worktrees };
}

async function locksOf(
  { store }: DoctorDeps,
  look: StoreLook,
  signal: AbortSignal,
): Promise<Result<readonly KeyLook[], string>> {
  return look.kind === 'answers'
    ? store.keys({ pattern: KEY_PATTERNS.locks, limit: MOST_LOCKS }, signal)
    : ok([]);
}

async function ledgerOf({ attempts }: DoctorDeps, state: RepositoryState): Promise<readonly LedgerFact[]> {
  const entries = await state.ledger.entries();
  return Promise.all(
    entries.map(async (entry) => {
      const look = entry.kind === 'attempt' ? await attempts.look(entry.folder) : null;
      return { entry, alive: look?.agent?.alive === true || look?.runner?.alive === true };
    }),
  );
}

async function worktreesOf(
  deps: DoctorDeps,
  ledger: readonly LedgerFact[],
): Promise<HealthFacts['worktrees']> {
  if (!ledger.some(({ entry }) => entry.kind === 'worktree')) return null;
  const care = await deps.worktrees();
  const faults = care.ok ? await care.value.worktreeFaults() : care;
  return faults.ok ? faults : err(faults.error.message);
}

async function repairWorktrees(deps: DoctorDeps): Promise<Result<string, string>> {
  const care = await deps.worktrees();
  const repaired = care.ok ? await care.value.repairWorktrees() : care;
  if (!repaired.ok) return err(repaired.error.message);
  return ok(repaired.value.length === 0 ? 'None was left to repair.' : repaired.value.join(' '));
}

const portsOf = (store: StoreLook, leases: readonly PortLease[]): readonly number[] => [
  ...(store.port === null ? [] : [store.port]),
  ...leases.flatMap(claimedPorts),
];

async function fix(deps: DoctorDeps, id: FixId, signal: AbortSignal): Promise<Result<string, string>> {
  const { state } = deps;
  if (id === 'start-store') return deps.store.start(signal);
  if (state === null) return err('There is no state of this repository yet.');
  if (id === 'repair-worktrees') return repairWorktrees(deps);
  if (id === 'rebuild-index') return state.index.rebuild(state.loops);
  const leases = await state.leases.leases();
  const dead = deadLeases({
    leases,
    loops: await loopFacts(state.loops, state.holders),
    listeners: await deps.machine.listeners(leases.flatMap(claimedPorts), signal),
  });
  for (const lease of dead) await state.leases.release(lease.branch);
  return ok(
    dead.length === 0
      ? 'None was left to release.'
      : `Released: ${dead.map(({ branch }) => branch).join(', ')}.`,
  );
}
