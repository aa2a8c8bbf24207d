import type { Logger } from '../base/logger.ts';
import type { Result } from '../base/result.ts';
import type { AgentVerification, DetectedAgent } from '../ports/agent-provider.ts';
import type { ListedProfile, ProfileFolders } from '../ports/agent-profiles.ts';
import type { DayStanding } from '../ports/day-budget.ts';
import type { AccountStanding } from '../ports/agent-slots.ts';
import type { AgentRuntime } from '../ports/agent-runtime.ts';
import type { OpenImages } from '../ports/container-images.ts';
import type { LanguageModels } from '../ports/language-models.ts';
import type { RowRetention } from '../ports/read-model.ts';
import type { RedisConfig } from '../protocol/redis-settings.ts';
import type { AgentTrial } from './agents/trial.ts';
import type { KeyBrowser } from './keys/key-browser.ts';
import type { HandOverOf } from './keys/selection.ts';
import type { StoreGlance } from './keys/store-glance.ts';
import type { McpServersService } from './mcp-servers/mcp-servers.ts';
import type { ProviderRouting } from './routing/provider-routing.ts';
import type { LoopError, LoopService } from './loop-service.ts';
import type { Monitoring } from './monitoring.ts';

export interface AgentCareSettings {
  /** Milliseconds of silence after which an agent is suspected. */
  readonly stuckAfterMs: number;
  /** Most messages of the loop itself to a suspected agent. */
  readonly nudges: number;
  /** Milliseconds that a question about an agent waits before the agent is started again; null: for ever. */
  readonly restartAfterMs: number | null;
}

export interface CoreOptions {
  readonly logger: Logger;
  /** The user's environment as it stood at the start; the core reads no other one. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Who runs loops here, over its processes: what it ran is taken up when it comes back. Nobody by default. */
  readonly owner?: string | undefined;
  /** Absolute path of the folder that holds `runner.js`, `store.js` and `cli.js`. */
  readonly programs: string;
  /** The setting `cfn.worktreeRoot`, absolute; null: `<repo>.cfn` beside the repository. */
  readonly worktreeRoot?: () => string | null;
  /** URL of a Pushgateway that gets each finished loop's duration; by default the variable `CFN_PUSHGATEWAY_URL`. */
  readonly pushgateway?: () => string | null;
  /** The user's own Redis for the repository at `root`; `null` or without it, coordination needs no server. */
  readonly redis?: (root: string) => Promise<Result<RedisConfig | null, string>>;
  /** How long rows stay in the index of the repository at `root`; without it as long as nothing else is set. */
  readonly retention?: (root: string) => Promise<Result<RowRetention, string>>;
  /** The user's `maxAgentsOnMachine`, asked again and again; null or without it, twice the cores and at least 8. */
  readonly maxAgentsOnMachine?: () => Promise<number | null>;
  /** The user's `budgetPerDay` in US dollars, asked again and again; null or without it there is none. */
  readonly budgetPerDay?: () => Promise<number | null>;
  /** The user's image for agents' containers; null or without it, the one that we build. */
  readonly agentImage?: () => Promise<string | null>;
  /** A provider's key that is kept elsewhere than in the environment, by the name of its variable; null without one. */
  readonly providerKey?: (variable: string) => Promise<string | null>;
  /** What is done about agents that seem stuck; read again each time. Without it the defaults count. */
  readonly agentCare?: () => AgentCareSettings;
  /** For loops whose runtime is `terminal`; without it they are refused. */
  readonly terminals?: AgentRuntime;
  /** Those of the editor around us, for agents of the preset `vscode`; without it they are refused. */
  readonly languageModels?: LanguageModels;
}

/** The core with its adapters, wired in `src/core.ts` and loaded by its callers on first use. */
export interface Core {
  /** `folder`: absolute path of any folder in the repository. Wrong ones are refused with nothing created. */
  openRepository(folder: string): Promise<Result<LoopService, LoopError>>;
  /** Agent CLIs of this machine; those not found have no path. Needs no repository. */
  agents(): Promise<readonly DetectedAgent[]>;
  /** Presets whose CLI is here and shows traces of being signed in. */
  signedIn(): Promise<readonly string[]>;
  /** Providers' accounts whose agents are held, or were lately: over all repositories and windows of this machine. */
  accounts(): Promise<readonly AccountStanding[]>;
  /** What was spent today of the user's budget of the day; null where there is none. */
  today(): Promise<DayStanding | null>;
  /**
   * Compares installed CLIs with what their presets were verified with; all of them, or one by its preset's name.
   * Starts them for their version and help. An unknown name is an error of one sentence.
   */
  verifyAgents(preset?: string): Promise<Result<readonly AgentVerification[], string>>;
  /**
   * Lets a preset do one small task in a repository of its own, which is gone afterwards. That takes up to some minutes
   * and what a small task costs. An error says in one sentence why it was not tried.
   */
  tryAgent(preset: string, signal: AbortSignal): Promise<Result<AgentTrial, string>>;
  /** Providers that agents may be sent to where routing is on. */
  readonly routing: ProviderRouting;
  /** MCP servers that agents may be given by their skills. */
  readonly mcpServers: McpServersService;
  /** Agent profiles of a repository and of the person, the strongest first. Those not readable are listed too. */
  profiles(folders: ProfileFolders): Promise<readonly ListedProfile[]>;
  /** Looks at a folder's loops and at the machine; null: at the machine alone. Creates nothing. */
  monitoring(folder: string | null): Promise<Monitoring>;
  /** With the orchestrator's credential, for a person's commands; starts the repository's store if there is none. */
  coordinationUrl(folder: string): Promise<Result<string, LoopError>>;
  /**
   * Looks at the keys of the repository's coordination store; starts the store if there is none. `handOver` says what
   * the journal holds under a key. Whoever opens it disposes it.
   */
  browseKeys(folder: string, handOver: HandOverOf): Promise<Result<KeyBrowser, LoopError>>;
  /** For looks at that store now and then; none of them starts one. */
  glanceAtStore(folder: string): Promise<Result<StoreGlance, LoopError>>;
  /** Images of the container engine that answers here, for agents to run in. */
  readonly images: OpenImages;
  /** Lets go of everything; agents run on under their runners. */
  dispose(): Promise<void>;
}

export type CreateCore = (options: CoreOptions) => Promise<Core>;
