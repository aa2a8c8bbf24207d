/** Tries one preset on a small task, in a repository and a state folder of its own; loaded by the first trial. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openRespClient } from './adapters/coordination/resp-client.ts';
import { findStore } from './adapters/coordination/store-launch.ts';
import { stateHome } from './adapters/state/root.ts';
import { judgeTrial, runTrial, TRIAL_FILES, trialRequest, type AgentTrial } from './app/agents/trial.ts';
import type { CoreOptions, CreateCore } from './app/core.ts';
import { err, ok, type Result } from './base/result.ts';
import { shown } from './base/shown.ts';
import type { DetectedAgent } from './ports/agent-provider.ts';

export interface TrialRequest {
  readonly preset: string;
  /** Those of this machine. */
  readonly agents: readonly DetectedAgent[];
  readonly options: CoreOptions;
  readonly createCore: CreateCore;
  readonly signal: AbortSignal;
}

const SHUT_DOWN_MS = 5000;

/** A CLI that fails its task is an outcome; an error says why there is none. Nothing of it is left behind. */
export async function tryAgent(request: TrialRequest): Promise<Result<AgentTrial, string>> {
  const { preset, agents } = request;
  const found = agents.find(({ id }) => id === preset);
  if (found === undefined) {
    return err(`${shown(preset)} is no preset; the presets are ${agents.map(({ id }) => id).join(', ')}.`);
  }
  if (found.path === null) return err(`${found.title} was not found on PATH; install it to try it.`);
  const home = stateHome({ env: request.options.env });
  await mkdir(home, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(home, 'trial-'));
  const state = join(folder, 'state');
  try {
    return await inFolder(request, { repository: await makeRepository(join(folder, 'repository')), state });
  } finally {
    await endStores(state);
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

async function inFolder(
  { preset, options, createCore, signal }: TrialRequest,
  { repository, state }: { readonly repository: string; readonly state: string },
): Promise<Result<AgentTrial, string>> {
  const asked = trialRequest(preset, repository);
  if (!asked.ok) return asked;
  const { logger, env, programs } = options;
  const core = await createCore({ logger, programs, env: { ...env, CFN_STATE_HOME: state } });
  try {
    const service = await core.openRepository(repository);
    if (!service.ok) return err(service.error.message);
    const view = await runTrial(service.value, asked.value, signal);
    return view.ok ? ok(judgeTrial(preset, view.value)) : view;
  } finally {
    await core.dispose();
  }
}

async function makeRepository(folder: string): Promise<string> {
  await mkdir(folder);
  const git = (...args: string[]) => promisify(execFile)('git', args, { cwd: folder });
  await git('init', '--quiet', '--initial-branch=main', '--template=');
  await git('config', 'user.name', 'Trial');
  await git('config', 'user.email', 'trial@example.invalid');
  for (const [name, content] of Object.entries(TRIAL_FILES)) await writeFile(join(folder, name), content);
  await git('add', '--all');
  await git('-c', 'commit.gpgSign=false', 'commit', '--quiet', '--no-verify', '--message', 'Greet');
  return folder;
}

/** A store would outlive its folder by minutes. */
async function endStores(state: string): Promise<void> {
  for (const name of await readdir(state).catch(() => [])) {
    const signal = AbortSignal.timeout(SHUT_DOWN_MS);
    const store = await findStore(join(state, name), signal);
    if (store === null) continue;
    const client = await openRespClient({ url: store.adminUrl, deadlineMs: SHUT_DOWN_MS, signal });
    if (!client.ok) continue;
    await client.value.command(['SHUTDOWN']);
    client.value.close();
  }
}
