import { DEFAULT_IMAGE } from './domain/containers/plan.ts';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createRunningStore } from './adapters/coordination/running-store.ts';
import { createStoreProbe } from './adapters/coordination/store-probe.ts';
import type { StoreProgram } from './adapters/coordination/store-launch.ts';
import { createRepositoryProbe } from './adapters/git/repository-probe.ts';
import { createHolderProbe } from './adapters/journal/holder-probe.ts';
import { createLedger } from './adapters/journal/ledger.ts';
import { createLoopStore } from './adapters/journal/loop-store.ts';
import { createRowArchive } from './adapters/journal/row-archive.ts';
import { createSnapshotFile } from './adapters/journal/snapshot-file.ts';
import { createLogProbe } from './adapters/log/log-probe.ts';
import { createNodeRedactor, secretsOfEnvironment } from './adapters/log/redactor.ts';
import { createMachineProbe } from './adapters/machine/machine-probe.ts';
import { createPortLeases } from './adapters/ports/port-leases.ts';
import { createAttemptProbe } from './adapters/process/attempt-probe.ts';
import { createProcessTable } from './adapters/process/process-table.ts';
import { signInOf } from './adapters/providers/sign-in.ts';
import { createIndexProbe } from './adapters/sqljs/index-probe.ts';
import { createThreadedReadModel } from './adapters/sqljs/threaded-read-model.ts';
import { sha256 } from './adapters/state/node-ids.ts';
import { createChoices } from './adapters/state/choices.ts';
import { containerProbe } from './container-probe.ts';
import { engineOf } from './container-start.ts';
import type { CoreOptions } from './app/core.ts';
import type { RepositoryState } from './app/health/doctor.ts';
import type { LoopError, LoopService } from './app/loop-service.ts';
import { createMonitoring, type Monitoring } from './app/monitoring.ts';
import { createLoopQueries } from './app/query-loops.ts';
import { ROW_RETENTION } from './app/row-retention.ts';
import { homeIn } from './base/programs.ts';
import { systemClock } from './base/clock.ts';
import type { Logger } from './base/logger.ts';
import { err, ok, type Result } from './base/result.ts';
import type { DetectedAgent } from './ports/agent-provider.ts';
import type { AccountStanding } from './ports/agent-slots.ts';
import type { RepositoryLook } from './ports/health-probes.ts';
import type { RowRetention } from './ports/read-model.ts';

export interface MonitoringParts {
  readonly options: CoreOptions;
  readonly home: string;
  readonly storeProgram: StoreProgram;
  readonly agents: () => Promise<readonly DetectedAgent[]>;
  readonly accounts: () => Promise<readonly AccountStanding[]>;
  /** Asked only where loops have run, since opening a repository marks it as ours. */
  readonly openRepository: (folder: string) => Promise<Result<LoopService, LoopError>>;
}

const LOOK_MS = 60_000;
const PROGRAMS = ['cli.js', 'core.js', 'runner.js', 'store.js'];
/** Files of a loop's result that are looked through for keys, and how much of each. */
const MOST_FILES = 200;
const MOST_CHARACTERS = 1_000_000;

/** Wires the looks at one folder; `null`: at the machine alone. Nothing is made by it. */
export async function openMonitoring(parts: MonitoringParts, folder: string | null): Promise<Monitoring> {
  const { options, home } = parts;
  const repositories = createRepositoryProbe({ worktreeRoot: () => options.worktreeRoot?.() ?? null });
  const repository: RepositoryLook =
    folder === null
      ? { kind: 'none', message: 'No folder is open.' }
      : await repositories.look(folder, AbortSignal.timeout(LOOK_MS));
  const machine = createMachineProbe();
  const redis =
    repository.kind === 'usable' && options.redis ? await options.redis(repository.root) : ok(null);
  const id = repository.kind === 'usable' ? repository.id : null;
  const stateFolder = id === null ? home : join(home, id);
  const known = id !== null && (await machine.folder(stateFolder)).exists;
  const state =
    known && repository.kind === 'usable'
      ? stateOf(stateFolder, {
          programs: options.programs,
          home,
          repositoryId: id,
          logger: options.logger,
          retention: await rowRetentionFor(options, repository.root, options.logger),
        })
      : null;
  return createMonitoring({
    machine,
    repositories,
    repository,
    store: createStoreProbe({ folder: known ? stateFolder : null, program: parts.storeProgram, redis }),
    redisProblem: redis.ok ? null : redis.error,
    attempts: createAttemptProbe(createProcessTable()),
    agents: parts.agents,
    accounts: parts.accounts,
    engine: () => engineOf(options.env),
    image: async () => (await options.agentImage?.()) ?? DEFAULT_IMAGE,
    containers: containerProbe,
    codePlace: async () => (known ? (await createChoices(stateFolder).read()).codePlace : null),
    signIn: (agent) => signInOf(agent, options.env, homeIn(options.env, process.platform) || homedir()),
    programs: PROGRAMS.map((name) => join(options.programs, name)),
    stateFolder,
    state,
    worktrees: () =>
      folder === null
        ? Promise.resolve(err({ kind: 'input', message: 'No folder is open.' }))
        : parts.openRepository(folder),
    log: known ? createLogProbe(join(stateFolder, 'logs'), 'cfn') : null,
    redact: createNodeRedactor(secretsOfEnvironment(options.env)).redact,
    changedFiles: async (taskId) => {
      const service = folder === null ? null : await parts.openRepository(folder);
      return service?.ok ? changedFiles(service.value, taskId) : [];
    },
  });
}

/** `null` where the settings cannot be read: rows then stay rather than go too early. */
export async function rowRetentionFor(
  options: Pick<CoreOptions, 'retention'>,
  root: string,
  logger: Logger,
): Promise<RowRetention | null> {
  const read = (await options.retention?.(root)) ?? ok(ROW_RETENTION);
  if (read.ok) return read.value;
  logger.warn(`Nothing is moved into the archive of the index: ${read.error}`);
  return null;
}

function stateOf(
  folder: string,
  owner: {
    readonly programs: string;
    readonly home: string;
    readonly repositoryId: string;
    readonly logger: Logger;
    readonly retention: RowRetention | null;
  },
): RepositoryState {
  const { home, repositoryId, logger, retention } = owner;
  const loops = createLoopStore({ stateFolder: folder });
  const index = join(folder, 'index.sqlite');
  return {
    loops,
    ledger: createLedger({ stateFolder: folder, logger }),
    leases: createPortLeases({ folder: join(home, 'ports'), repositoryId }),
    index: createIndexProbe({
      archive: createRowArchive(join(folder, 'archive')),
      retention,
      path: index,
      snapshotFile: createSnapshotFile(index),
      clock: systemClock,
      logger,
    }),
    queries: createLoopQueries({
      loops,
      openIndex: () =>
        createThreadedReadModel({
          program: join(owner.programs, 'index-worker.js'),
          workerData: { stateFolder: folder, retention },
          logger,
        }),
      coordination: createRunningStore(folder),
      hash: sha256,
      logger,
      now: () => performance.now(),
    }),
    holders: createHolderProbe((taskId) => loops.folder(taskId)),
  };
}

async function changedFiles(
  service: LoopService,
  taskId: string,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const view = await service.view(taskId);
  const changes = await service.changes?.(taskId);
  const commit = view.ok ? view.value.commit : null;
  if (commit === null || !changes?.ok) return [];
  const files = [];
  for (const { path, status } of changes.value.slice(0, MOST_FILES)) {
    const text = status === 'deleted' ? null : await service.review?.read(commit, path);
    if (text?.ok && text.value !== null)
      files.push({ path, text: new TextDecoder().decode(text.value).slice(0, MOST_CHARACTERS) });
  }
  return files;
}
