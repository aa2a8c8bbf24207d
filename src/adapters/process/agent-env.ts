import { join } from 'node:path';
import { foldName } from '../../base/programs.ts';
import type { AttemptSpec } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES, ENVIRONMENT_NAMES } from '../../protocol/attempt-folder.ts';
import { TOKEN_VARIABLE } from './process-entry.ts';

/** What a runner starts with is its agent's environment; these tell Node how to run the runner only. */
const RUNNER_ONLY = new Set(['ELECTRON_RUN_AS_NODE', 'ELECTRON_NO_ATTACH_CONSOLE', ENVIRONMENT_NAMES]);

/** A terminal's own, which is right only once the terminal is there. */
const OF_THE_TERMINAL = ['TERM', 'COLORTERM'];

/**
 * Terminals may add to what they were given: the editor's variables, and those of its extensions, with
 * credentials among them. Where the start says which names it gave, all others are kept from the agent.
 */
function given(base: NodeJS.ProcessEnv, platform: NodeJS.Platform): (name: string) => boolean {
  const names = base[ENVIRONMENT_NAMES];
  if (names === undefined) return () => true;
  const known = new Set([...names.split(' '), ...OF_THE_TERMINAL].map((name) => foldName(name, platform)));
  return (name) => known.has(foldName(name, platform));
}

/** The agent's environment: the runner's own, what the attempt says about itself, and what its CLI needs. */
export function agentEnvironment(request: {
  readonly base: NodeJS.ProcessEnv;
  readonly spec: AttemptSpec;
  readonly folder: string;
  readonly added: Readonly<Record<string, string>>;
  readonly platform?: NodeJS.Platform;
}): Record<string, string> {
  const { spec, folder } = request;
  const isGiven = given(request.base, request.platform ?? process.platform);
  const inherited = Object.entries(request.base).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !RUNNER_ONLY.has(entry[0]) && isGiven(entry[0]),
  );
  return {
    ...Object.fromEntries(inherited),
    AGENT_ID: spec.agentId,
    TASK_ID: spec.taskId,
    CFN_ROLE: spec.role,
    CFN_ITERATION: String(spec.iteration),
    CFN_ATTEMPT: String(spec.attempt),
    CFN_NONCE: spec.nonce,
    CFN_PROMPT_FILE: join(folder, ATTEMPT_FILES.prompt),
    CFN_CONTEXT_FILE: join(folder, ATTEMPT_FILES.context),
    CFN_RESULT_FILE: join(folder, ATTEMPT_FILES.result),
    ...(spec.repair === null ? {} : { CFN_REPAIR: '1', CFN_REPAIR_ERROR: spec.repair.error }),
    ...request.added,
    [TOKEN_VARIABLE]: spec.runToken,
  };
}
