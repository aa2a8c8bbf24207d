import type { Role } from '../loop/model.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a process of ours may see of the user's environment. */
export interface BaseEnvironment {
  /** As `process.platform` names it. */
  readonly platform: string;
  /** The environment of the process that runs the loop. */
  readonly user: Environment;
  /** PATH as the user's login shell has it. */
  readonly path: string;
  /** Folder that holds the `cfn` command; comes first on PATH. */
  readonly binFolder: string;
}

/** Isolation of a worktree. Ports that are not leased are left out. */
export interface WorktreeEnvironment {
  readonly branch: string;
  readonly composeProjectName: string;
  readonly ports: {
    readonly base: number;
    readonly redis: number;
    readonly postgres: number;
    readonly orchestrator: number;
  } | null;
}

export interface AgentEnvironment extends BaseEnvironment {
  /** Names of the variables that the agent's preset may see beyond the base. */
  readonly presetVariables: readonly string[];
  readonly taskId: string;
  readonly agentId: string;
  /** Preset id, or `exec`. */
  readonly provider: string;
  readonly role: Role;
  readonly iteration: number;
  readonly attempt: number;
  readonly runToken: string;
  readonly nonce: string;
  readonly promptFile: string;
  readonly contextFile: string;
  readonly resultFile: string;
  /** With a credential for this task's keys only; `null` where no store runs. */
  readonly redisUrl: string | null;
  /** The total limit in force. */
  readonly totalLimitMs: number;
  readonly worktree: WorktreeEnvironment | null;
  /** What was wrong with the first result, when this run only repairs it. */
  readonly repairError: string | null;
}

const VALUES = [
  'LANG',
  'TZ',
  'COLORTERM',
  'NO_COLOR',
  'FORCE_COLOR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  'NODE_USE_SYSTEM_CA',
  'GOPROXY',
  'NPM_CONFIG_REGISTRY',
  'npm_config_registry',
] as const;

/** Certificate authorities, homes of toolchains and their caches: files and folders of this machine. */
export const PLACES = [
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'CARGO_HTTP_CAINFO',
  'PIP_CERT',
  'ANDROID_HOME',
  'ANDROID_SDK_ROOT',
  'ASDF_DATA_DIR',
  'ASDF_DIR',
  'BUN_INSTALL',
  'CARGO_HOME',
  'CONDA_PREFIX',
  'COREPACK_HOME',
  'DENO_DIR',
  'DOTNET_ROOT',
  'FNM_DIR',
  'FNM_MULTISHELL_PATH',
  'GEM_HOME',
  'GEM_PATH',
  'GOCACHE',
  'GOMODCACHE',
  'GOPATH',
  'GOROOT',
  'GRADLE_USER_HOME',
  'HOMEBREW_PREFIX',
  'JAVA_HOME',
  'M2_HOME',
  'MAVEN_HOME',
  'MISE_DATA_DIR',
  'NIX_PATH',
  'NIX_PROFILES',
  'NIX_SSL_CERT_FILE',
  'NPM_CONFIG_CACHE',
  'NVM_DIR',
  'PLAYWRIGHT_BROWSERS_PATH',
  'PNPM_HOME',
  'PYENV_ROOT',
  'RBENV_ROOT',
  'RUSTUP_HOME',
  'SDKMAN_DIR',
  'VIRTUAL_ENV',
  'VOLTA_HOME',
  'npm_config_cache',
] as const;

const POSIX = ['HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'TMPDIR', 'LANGUAGE'] as const;
const POSIX_PREFIXES = ['LC_', 'XDG_'] as const;

const WINDOWS = [
  'ALLUSERSPROFILE',
  'APPDATA',
  'CommonProgramFiles',
  'CommonProgramFiles(x86)',
  'COMPUTERNAME',
  'ComSpec',
  'HOMEDRIVE',
  'HOMEPATH',
  'LOCALAPPDATA',
  'NUMBER_OF_PROCESSORS',
  'OS',
  'PATHEXT',
  'PROCESSOR_ARCHITECTURE',
  'ProgramData',
  'ProgramFiles',
  'ProgramFiles(x86)',
  'ProgramW6432',
  'PSModulePath',
  'PUBLIC',
  'SystemDrive',
  'SystemRoot',
  'TEMP',
  'TMP',
  'USERDOMAIN',
  'USERNAME',
  'USERPROFILE',
  'windir',
] as const;

/** Pushing by accident is off: nothing can ask for or look up a password, and no key agent is reachable. */
const NO_PUSH = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_CONFIG_COUNT: '2',
  GIT_CONFIG_KEY_0: 'credential.helper',
  GIT_CONFIG_VALUE_0: '',
  GIT_CONFIG_KEY_1: 'core.askPass',
  GIT_CONFIG_VALUE_1: '',
} as const;

function pick(request: BaseEnvironment, names: readonly string[]): Record<string, string> {
  const windows = request.platform === 'win32';
  // Windows compares names without case, the copy of an environment does not.
  const fold = (name: string) => (windows ? name.toUpperCase() : name);
  const wanted = new Set([...VALUES, ...PLACES, ...(windows ? WINDOWS : POSIX), ...names].map(fold));
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.user)) {
    const byPrefix = !windows && POSIX_PREFIXES.some((prefix) => name.startsWith(prefix));
    if (value !== undefined && (wanted.has(fold(name)) || byPrefix)) picked[name] = value;
  }
  return picked;
}

function base(request: BaseEnvironment, names: readonly string[]): Record<string, string> {
  const separator = request.platform === 'win32' ? ';' : ':';
  const path = [request.binFolder, request.path].filter((part) => part !== '').join(separator);
  return { ...pick(request, names), ...NO_PUSH, PATH: path };
}

function worktreeVariables(worktree: WorktreeEnvironment): Record<string, string> {
  const { ports } = worktree;
  return {
    WORKTREE_BRANCH: worktree.branch,
    COMPOSE_PROJECT_NAME: worktree.composeProjectName,
    ...(ports === null
      ? {}
      : {
          CFN_PORT_BASE: String(ports.base),
          CFN_REDIS_PORT: String(ports.redis),
          CFN_POSTGRES_PORT: String(ports.postgres),
          CFN_ORCHESTRATOR_PORT: String(ports.orchestrator),
        }),
  };
}

/** The whole environment of an agent: contract section 1. */
export function agentEnvironment(request: AgentEnvironment): Record<string, string> {
  return {
    ...base(request, request.presetVariables),
    AGENT_ID: request.agentId,
    TASK_ID: request.taskId,
    MODE: 'cli',
    PROVIDER: request.provider,
    AGENT_TIMEOUT: String(Math.ceil(request.totalLimitMs / 1000)),
    CFN_ROLE: request.role,
    CFN_ITERATION: String(request.iteration),
    CFN_ATTEMPT: String(request.attempt),
    CFN_RUN_TOKEN: request.runToken,
    CFN_NONCE: request.nonce,
    CFN_PROMPT_FILE: request.promptFile,
    CFN_CONTEXT_FILE: request.contextFile,
    CFN_RESULT_FILE: request.resultFile,
    ...(request.redisUrl === null ? {} : { CFN_REDIS_URL: request.redisUrl }),
    ...(request.worktree === null ? {} : worktreeVariables(request.worktree)),
    ...(request.repairError === null ? {} : { CFN_REPAIR: '1', CFN_REPAIR_ERROR: request.repairError }),
  };
}

/** For evidence and set-up: the base alone, so no preset's key and nothing of the loop. */
export function evidenceEnvironment(
  request: BaseEnvironment & { readonly worktree?: WorktreeEnvironment | null },
): Record<string, string> {
  return {
    ...base(request, []),
    CI: 'true',
    // Else the interpreter of Windows takes an `npm.cmd` that agents put into the checkout for npm.
    ...(request.platform === 'win32' ? { NoDefaultCurrentDirectoryInExePath: '1' } : {}),
    ...(!request.worktree ? {} : worktreeVariables(request.worktree)),
  };
}
