import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { createAttachments } from './adapters/attachments/attachments.ts';
import { withBreaker } from './adapters/coordination/breaker.ts';
import { createCoordination } from './adapters/coordination/coordination.ts';
import { openRunningStore, openStore } from './adapters/coordination/open-store.ts';
import { ensureStore, type EnsureStore, type StoreProgram } from './adapters/coordination/store-launch.ts';
import { createEvidenceRunner } from './adapters/evidence/evidence-runner.ts';
import { createRepositories } from './adapters/git/repositories.ts';
import { createLedger } from './adapters/journal/ledger.ts';
import { createLoopFiles } from './adapters/journal/loop-files.ts';
import { createLoopStorage } from './adapters/journal/loop-storage.ts';
import { createLoopStore } from './adapters/journal/loop-store.ts';
import { createFileSink } from './adapters/log/file-sink.ts';
import { pushMetrics } from './adapters/metrics/pushgateway.ts';
import { createPortLeases } from './adapters/ports/port-leases.ts';
import { createAttemptFolders } from './adapters/process/attempt-folders.ts';
import { createProcessRuntime } from './adapters/process/process-runtime.ts';
import { listProfiles } from './adapters/profiles/profile-files.ts';
import { detectAgents } from './adapters/providers/detect.ts';
import { createModelServer } from './adapters/language-models/model-server.ts';
import { createLoginPath } from './adapters/providers/login-path.ts';
import { signedInOf } from './adapters/providers/sign-in.ts';
import { verifyAgents } from './adapters/providers/verify.ts';
import { createThreadedReadModel } from './adapters/sqljs/threaded-read-model.ts';
import { createChoices } from './adapters/state/choices.ts';
import { createHandChanges } from './adapters/state/hand-changes.ts';
import { nodeIds, sha256 } from './adapters/state/node-ids.ts';
import { openStateFolder, stateHome } from './adapters/state/root.ts';
import { agentCommand, createEnvironments } from './agent-start.ts';
import type { Core, CoreOptions, CreateCore } from './app/core.ts';
import { createLoopService, type LoopServiceDeps } from './app/create-loop-service.ts';
import { createKeyBrowser } from './app/keys/create-key-browser.ts';
import { createStoreGlance } from './app/keys/store-glance.ts';
import { fail } from './app/loop-error.ts';
import { createDurationPush, type DurationPushDeps } from './app/metrics/duration-push.ts';
import type { LoopDeps } from './app/loop-deps.ts';
import type { OfferedModel } from './domain/agents/offered-model.ts';
import type { LanguageModels } from './ports/language-models.ts';
import type { LoopError, LoopService } from './app/loop-service.ts';
import { systemClock } from './base/clock.ts';
import { loadOnce } from './base/load-once.ts';
import { teeLogger, type Logger } from './base/logger.ts';
import type { Redactor } from './base/redact.ts';
import { createStructuredLogger, type LogSink } from './base/structured-logger.ts';
import { userConfigFolder } from './base/user-config.ts';
import { ok, type Result } from './base/result.ts';
import { containerOffer } from './container-offer.ts';
import { codeEngine, createContainers } from './container-start.ts';
import { commandsOf } from './commands.ts';
import { containers, openEngine } from './open-engine.ts';
import { openOwnedContainers } from './owned-containers.ts';
import { dayBudgetOf, lineOf, parallelAgents, slotsOf, watchOver } from './machine.ts';
import { openMonitoring, rowRetentionFor } from './monitoring.ts';
import { createProviderKeys, createProviderRouting } from './provider-routing.ts';
import type { Coordination } from './ports/coordination.ts';
import type { Ledger, LoopStore } from './ports/journal.ts';
import type { SecretScanner } from './ports/secret-scanner.ts';
import type { PullRequests } from './ports/pull-requests.ts';
import type { Repository } from './ports/worktrees.ts';
import type { RedisConfig } from './protocol/redis-settings.ts';

const OPEN_DEADLINE_MS = 60_000;
const STORE_START_MS = 10_000;
const PUSH_MS = 3000;
export const createCore: CreateCore = async (options) => {
  const home = stateHome({ env: options.env });
  const services = new Map<string, Promise<Result<LoopService, LoopError>>>();
  const loginPath = createLoginPath(options.env);
  const { models, modelServer } = modelsOf(options);
  const keys = createProviderKeys(options);
  const environment = createEnvironments({ options, home, loginPath, keyOf: keys.keyOf, modelServer });
  const roots: { chosen: string | null } = { chosen: null };
  const repositories = createRepositories({
    stateFolder: (id) => join(home, id),
    ledger: (id) => createLedger({ stateFolder: join(home, id), logger: options.logger }),
    ids: nodeIds,
    clock: systemClock,
    logger: options.logger,
    worktreeRoot: () => options.worktreeRoot?.() ?? roots.chosen,
  });
  const detect = async () => detectAgents({ ...options.env, PATH: await loginPath() }, await offered(models));

  /** What is needed to reach, or to start, the coordination store of a folder's repository. */
  const storeOf: StoreOf = async (folder) => {
    const opened = await repositories.open(folder, AbortSignal.timeout(OPEN_DEADLINE_MS));
    if (!opened.ok) return fail(opened.error.kind === 'refused' ? 'input' : 'internal', opened.error.message);
    const state = await openStateFolder({ env: options.env, repositoryId: opened.value.facts.id });
    if (!state.ok) return fail('input', state.error);
    const redis = await redisOf(options, opened.value);
    if (!redis.ok) return fail('input', redis.error);
    const program = storeProgram(options);
    return ok({ folder: state.value, program, deadlineMs: STORE_START_MS, redis: redis.value });
  };

  const core: Core = {
    openRepository: async (folder) => {
      const opened = await repositories.open(folder, AbortSignal.timeout(OPEN_DEADLINE_MS));
      if (!opened.ok)
        return fail(opened.error.kind === 'refused' ? 'input' : 'internal', opened.error.message);
      const repository = opened.value;
      const key = `${repository.facts.id}:${repository.facts.root}:${repository.facts.prefix}`;
      const known = services.get(key);
      if (known) return known;
      const service = openService({ options, home, repository, environment, detect, roots, keys });
      services.set(key, service);
      const result = await service;
      // A setting may be put right, and the repository opened again.
      if (!result.ok) services.delete(key);
      return result;
    },
    agents: detect,
    signedIn: async () => signedInOf(await detect(), options.env),
    accounts: () => slotsOf(options, home).accounts(),
    today: () => dayBudgetOf(options, home).standing(),
    ...ofThePerson(options, { keys, environment }),
    profiles: (folders) => listProfiles(folders, join(configHome(options.env), 'agents')),
    verifyAgents: async (preset) => verifyAgents({ ...options.env, PATH: await loginPath() }, preset),
    tryAgent: async (preset, signal) => {
      const { tryAgent } = await trial.get();
      return tryAgent({ preset, agents: await detect(), options, createCore, signal });
    },
    monitoring: (folder) =>
      openMonitoring(
        {
          options,
          home,
          storeProgram: storeProgram(options),
          agents: detect,
          accounts: () => core.accounts(),
          openRepository: (at) => core.openRepository(at),
        },
        folder,
      ),
    coordinationUrl: async (folder) => {
      const place = await storeOf(folder);
      if (!place.ok) return place;
      const store = await ensureStore({ ...place.value, signal: AbortSignal.timeout(STORE_START_MS) });
      return store.ok ? ok(store.value.adminUrl) : fail('internal', store.error.message);
    },
    ...onDemand(options, storeOf),
    dispose: async () => {
      const opened = await Promise.all(services.values());
      for (const service of opened) if (service.ok) await service.value.dispose();
      await modelServer?.dispose();
    },
  };
  return core;
};

/** What the catalogues and a person's own files give, whatever the repository. */
const ofThePerson = (
  options: CoreOptions,
  { keys, environment }: Pick<ServiceRequest, 'keys' | 'environment'>,
): Pick<Core, 'routing' | 'mcpServers'> => ({
  routing: createProviderRouting(options, keys.keyOf),
  mcpServers: environment.mcpServers,
});

/** Those of an editor; null outside of one. */
function modelsOf({ languageModels }: CoreOptions) {
  const models = languageModels ?? null;
  return { models, modelServer: models && createModelServer(models) };
}

const MODELS_MS = 5000;

/** Their providers are other extensions, some of which ask a server first. */
async function offered(models: LanguageModels | null): Promise<readonly OfferedModel[] | null> {
  if (models === null) return null;
  const late = new Promise<readonly OfferedModel[]>((resolve) => setTimeout(resolve, MODELS_MS, []).unref());
  return Promise.race([models.list(), late]).catch(() => []);
}

type StoreOf = (folder: string) => Promise<Result<Omit<EnsureStore, 'signal'>, LoopError>>;

/** What is loaded, or connected, when somebody asks for it. */
const onDemand = (options: CoreOptions, storeOf: StoreOf) => ({
  ...storeLooks(storeOf),
  images: async (signal: AbortSignal) => (await containers.get()).openImages(options, signal),
});

/** What people see of a repository's store. */
function storeLooks(storeOf: StoreOf): Pick<Core, 'browseKeys' | 'glanceAtStore'> {
  return {
    browseKeys: async (folder, handOver) => {
      const place = await storeOf(folder);
      if (!place.ok) return place;
      const changes = createHandChanges(place.value.folder);
      const connect = openStore(place.value);
      return ok(createKeyBrowser({ connect, changes, clock: systemClock, hash: sha256, handOver }));
    },
    glanceAtStore: async (folder) => {
      const place = await storeOf(folder);
      if (!place.ok) return place;
      const changes = createHandChanges(place.value.folder);
      const connect = openRunningStore(place.value.folder);
      return ok(createStoreGlance({ connect, changes, clock: systemClock }));
    },
  };
}

const secretRules = loadOnce(() => import('./adapters/secrets/secret-scanner.ts'));
/** Front, completion and most verbs never look for one. */
const secrets: SecretScanner = {
  scan: async (files) => (await secretRules.get()).createSecretScanner().scan(files),
};
const trial = loadOnce(() => import('./agent-trial.ts'));
const gitHub = loadOnce(() => import('./adapters/github/pull-requests.ts'));
/** Most people never create one from here, so what speaks with a host is loaded by the first. */
const pullRequests: PullRequests = {
  create: async (...request) => (await gitHub.get()).createPullRequests('cfn-loop').create(...request),
};

interface ServiceRequest {
  readonly options: CoreOptions;
  readonly home: string;
  readonly repository: Repository;
  readonly environment: ReturnType<typeof createEnvironments>;
  readonly detect: () => ReturnType<typeof detectAgents>;
  readonly roots: { chosen: string | null };
  readonly keys: ReturnType<typeof createProviderKeys>;
}

async function openService(request: ServiceRequest): Promise<Result<LoopService, LoopError>> {
  const { options, home, repository, environment } = request;
  const opened = await openStateFolder({ env: options.env, repositoryId: repository.facts.id });
  if (!opened.ok) return fail('input', opened.error);
  const stateFolder = opened.value;
  const redis = await redisOf(options, repository);
  if (!redis.ok) return fail('input', redis.error);
  const logFile = createFileSink({ folder: join(stateFolder, 'logs'), name: 'cfn' });
  const logger = teeLogger(options.logger, fileLogger(logFile, request.keys.redactor));
  for (const secret of secretsOfRedis(redis.value)) request.keys.redactor.add(secret);
  const store = createLoopStore({ stateFolder, owner: options.owner });
  const coordination = withBreaker(
    createCoordination({ folder: stateFolder, program: storeProgram(options), redis: redis.value }),
  );
  tellHealth(coordination, logger);
  const readModel = createThreadedReadModel({
    program: join(options.programs, 'index-worker.js'),
    workerData: { stateFolder, retention: await rowRetentionFor(options, repository.facts.root, logger) },
    logger,
  });
  const ledger = createLedger({ stateFolder, logger });
  const evidenceEnv = await environment.forEvidence();
  const evidenceOf = (taskId: string): string => join(stateFolder, 'evidence', taskId.toLowerCase());
  const evidence = evidenceFor(request, { ledger, logger, environment: evidenceEnv, evidenceOf });
  const discovery = () => evidence('discovery', repository.task('discovery'), null);
  const service = createLoopService({
    clock: systemClock,
    ids: nodeIds,
    logger,
    hash: sha256,
    repository,
    store,
    ...inFoldersOf(store),
    choices: createChoices(stateFolder),
    ledger,
    storage: createLoopStorage({ stateFolder, folderOf: (taskId) => store.folder(taskId), evidenceOf }),
    coordination,
    readModel,
    portLeases: createPortLeases({ folder: join(home, 'ports'), repositoryId: repository.facts.id }),
    ...runtimesOf(options, home),
    ...watchOver(options, home),
    queue: lineOf(home, repository, logger),
    pullRequests,
    evidence,
    secrets,
    ...surroundings(request),
    discoverEvidence: (folder) => discovery().discover(folder),
    discoverInstalls: (folder) => discovery().installs(folder),
    detectAgents: request.detect,
    agentCommand,
    placeWorktrees: (root) => {
      request.roots.chosen = resolve(repository.facts.root, root);
    },
    onFinished: createDurationPush({ ...pushTarget(options), logger }),
    parallelAgents,
    sequential: options.env['COST_SAVINGS_MODE'] === 'yes',
  });
  return ok({
    ...service,
    dispose: async () => {
      await service.dispose();
      await coordination.dispose();
      await readModel.dispose();
      await logFile.flush();
    },
  });
}

interface EvidenceParts {
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string>>;
  readonly evidenceOf: (taskId: string) => string;
}

const evidenceFor =
  (
    { repository: { facts } }: ServiceRequest,
    { ledger, logger, environment, evidenceOf }: EvidenceParts,
  ): LoopDeps['evidence'] =>
  (taskId, task, config) =>
    createEvidenceRunner({
      userRoot: facts.root,
      prefix: config?.prefix ?? facts.prefix,
      checkout: (commit, label, signal) =>
        task.checkout(commit, label, signal, { alone: config?.container !== undefined }),
      discard: (checkout) => task.discard(checkout),
      commandRunner: commandsOf(ledger, { taskId, config, owner: facts.id }),
      environment,
      installForAgents: config?.setUp !== 'none',
      wholeForAgents: config?.sparse === undefined,
      folder: evidenceOf(taskId),
      clock: systemClock,
      logger,
    });

/** What agents get of the user, whom they ask, and where they may run. */
const surroundings = ({
  environment,
  keys,
  options,
}: ServiceRequest): Pick<
  LoopServiceDeps,
  | 'agentEnvironment'
  | 'agentAccount'
  | 'mcpServers'
  | 'hasProviderKey'
  | 'containerEngine'
  | 'containerOffer'
  | 'ownedContainers'
> => ({
  agentEnvironment: environment.forAgent,
  agentAccount: environment.accountOf,
  mcpServers: environment.mcpServers,
  containerEngine: () => codeEngine(options.env),
  containerOffer: (image) => containerOffer(options.env, image),
  ownedContainers: () => openOwnedContainers(options.env),
  hasProviderKey: async (variable) => (await keys.keyOf(variable)) !== null,
});

/** What is kept of each loop beside its journal. */
function inFoldersOf(store: LoopStore): Pick<LoopDeps, 'files' | 'attachments' | 'folders'> {
  const folderOf = (taskId: string): string => store.folder(taskId);
  return {
    files: createLoopFiles(folderOf),
    attachments: createAttachments(folderOf),
    folders: createAttemptFolders(folderOf),
  };
}

const configHome = (env: CoreOptions['env']): string =>
  userConfigFolder({ env, platform: process.platform, home: homedir() });

const storeProgram = (options: CoreOptions): StoreProgram => ({
  execPath: process.execPath,
  args: [join(options.programs, 'store.js')],
});

const redisOf = async (
  options: CoreOptions,
  repository: Repository,
): Promise<Result<RedisConfig | null, string>> =>
  options.redis ? options.redis(repository.facts.root) : ok(null);

const secretsOfRedis = (config: RedisConfig | null): readonly string[] =>
  [config?.primary.password, config?.fallback?.password].filter((secret) => secret !== undefined);

function tellHealth(coordination: Coordination, logger: Logger): void {
  coordination.onLost((problem) => logger.warn(problem));
  coordination.onRestored(({ emptied }) =>
    logger.info(
      emptied
        ? 'The coordination store is back without its keys; they are written again'
        : 'The coordination store is back',
    ),
  );
}

function fileLogger(sink: LogSink, redactor: Redactor): Logger {
  return createStructuredLogger({ sinks: [sink], redactor, clock: systemClock, level: 'INFO' });
}

/** Off unless somebody named a Pushgateway; a repository cannot. */
function pushTarget(options: CoreOptions): Omit<DurationPushDeps, 'logger'> {
  return {
    url: () => options.pushgateway?.() ?? options.env['CFN_PUSHGATEWAY_URL'] ?? null,
    push: (request) => pushMetrics({ ...request, deadlineMs: PUSH_MS }),
  };
}

function runtimesOf(
  options: CoreOptions,
  home: string,
): Pick<LoopDeps, 'runtimes' | 'containers' | 'openEngine'> {
  const plain = createProcessRuntime({ runner: join(options.programs, 'runner.js') });
  const shown = options.terminals ?? plain;
  return {
    runtimes: { process: plain, terminal: shown, container: shown },
    containers: createContainers(options, home),
    openEngine,
  };
}
