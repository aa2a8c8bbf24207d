import { join } from 'node:path';
import { err, ok, type Result } from '../../../base/result.ts';
import type { CoordinationError } from '../../../ports/coordination.ts';
import type { OpenStore, RespValue, StoreCommands } from '../../../ports/store-commands.ts';
import { checkResult, rulesOf } from '../../../protocol/agent-result.ts';
import { ATTEMPT_FILES } from '../../../protocol/attempt-folder.ts';
import type { AttemptSpec } from '../../../protocol/attempt.ts';
import { agentContextSchema } from '../../../protocol/context.ts';
import { checkSegment, keys, ttlOf, type CoordinationKey } from '../../../protocol/keys.ts';
import type { AttemptTool } from '../../../protocol/mcp.ts';
import { readText, writeWhole } from '../attempt-files.ts';

export interface AttemptToolsDeps {
  readonly spec: AttemptSpec;
  readonly folder: string;
  /** CFN_REDIS_URL as the agent has it. */
  readonly storeUrl: string | undefined;
  readonly openStore: OpenStore;
}

type Arguments = Readonly<Record<string, unknown>>;
/** Either is one text for the model; errors say which field takes what. */
type Answer = Result<string, string>;

/** What the tools of one attempt do. */
export function createAttemptTools(
  deps: AttemptToolsDeps,
): (tool: AttemptTool, given: Arguments) => Answer | Promise<Answer> {
  return (tool, given) => {
    switch (tool) {
      case 'report_result':
        return report(deps, given);
      case 'get_task':
        return task(deps);
      case 'get_feedback':
        return feedback(deps);
      case 'get_context':
        return getContext(deps, given);
      case 'store_context':
        return storeContext(deps, given);
    }
  };
}

/** An invalid result replaces no valid one. */
function report({ spec, folder }: AttemptToolsDeps, given: Arguments): Answer {
  const whole = given['nonce'] === undefined ? { nonce: spec.nonce, ...given } : given;
  const checked = checkResult(JSON.stringify(whole), rulesOf(spec));
  if (!checked.ok) return err(`The result was not taken: ${checked.error}.`);
  try {
    writeWhole(join(folder, ATTEMPT_FILES.reported), whole);
  } catch (error) {
    return err(`The result could not be kept: ${error instanceof Error ? error.message : String(error)}.`);
  }
  return ok('The result was taken. You are done: end your turn now.');
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

function contextOf(folder: string) {
  try {
    return agentContextSchema.parse(JSON.parse(readText(join(folder, ATTEMPT_FILES.context)) ?? ''));
  } catch {
    return null;
  }
}

const NO_CONTEXT = err('The task cannot be read; your prompt has it.');

function task({ spec, folder }: AttemptToolsDeps): Answer {
  const context = contextOf(folder);
  if (context === null) return NO_CONTEXT;
  const {
    mode: _mode,
    coordination: _coordination,
    resources: _resources,
    feedback: _feedback,
    ...rest
  } = context;
  const seconds = (ms: number) => Math.ceil(ms / 1000);
  return ok(
    json({
      ...rest,
      attempt: spec.attempt,
      permission: spec.permission,
      limits: { total_seconds: seconds(spec.limits.totalMs), idle_seconds: seconds(spec.limits.idleMs) },
      prompt_file: join(folder, ATTEMPT_FILES.prompt),
    }),
  );
}

function feedback({ folder }: AttemptToolsDeps): Answer {
  const context = contextOf(folder);
  return context === null
    ? NO_CONTEXT
    : ok(json({ iteration: context.iteration, feedback: context.feedback }));
}

/** The key of a value that agents name themselves. */
function keyOf({ spec }: AttemptToolsDeps, { key }: Arguments): Result<CoordinationKey, string> {
  const name = checkSegment('key', typeof key === 'string' ? key : '');
  return name.ok ? ok(keys.context(spec.taskId, name.value)) : name;
}

async function getContext(deps: AttemptToolsDeps, given: Arguments): Promise<Answer> {
  const key = keyOf(deps, given);
  if (!key.ok) return key;
  const found = await inStore(deps, (store) => store.command(['GET', key.value.name]));
  if (!found.ok) return found;
  return typeof found.value === 'string' ? ok(found.value) : err(`${key.value.name} is not stored.`);
}

async function storeContext(deps: AttemptToolsDeps, given: Arguments): Promise<Answer> {
  const key = keyOf(deps, given);
  if (!key.ok) return key;
  const { value, ttl_seconds: asked } = given;
  if (typeof value !== 'string') return err('value is missing; it takes the text to store.');
  if (asked !== undefined && typeof asked !== 'number')
    return err('ttl_seconds takes a whole number of seconds.');
  const ttl = ttlOf(key.value, {
    ttlSeconds: asked,
    deadlineSeconds: Math.ceil(deps.spec.limits.totalMs / 1000),
  });
  if (!ttl.ok) return err(ttl.error);
  const stored = await inStore(deps, (store) =>
    store.command(['SET', key.value.name, value, 'EX', String(ttl.value)]),
  );
  return stored.ok ? ok(`Stored ${key.value.name} for ${ttl.value} s.`) : stored;
}

async function inStore(
  { storeUrl, openStore }: AttemptToolsDeps,
  use: (store: StoreCommands) => Promise<Result<RespValue, CoordinationError>>,
): Promise<Result<RespValue, string>> {
  if (!storeUrl) return err('This agent has no coordination store, so nothing is stored for it.');
  const store = await openStore(storeUrl);
  const used = store.ok ? await use(store.value) : store;
  if (store.ok) store.value.close();
  if (used.ok) return used;
  const what = used.error.kind === 'rejected' ? 'refused' : 'is not reachable';
  return err(`The coordination store ${what}: ${used.error.message}.`);
}
