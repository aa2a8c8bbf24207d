/** Real agent CLIs from the npm registry, unmodified, in a cache outside the repository. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PRESETS, type PresetId } from '../../src/adapters/providers/presets.ts';

const run = promisify(execFile);

export type RealCli = PresetId;

/**
 * `CFN_TEST_CLI_VERSIONS`: `latest` for all of them, or a list such as `claude@2.1.331,qwen@latest`; otherwise the
 * newest version that each preset was verified with.
 */
export function chosenVersion(cli: RealCli): string {
  const asked = process.env['CFN_TEST_CLI_VERSIONS'] ?? '';
  const own = asked.split(',').find((part) => part.startsWith(`${cli}@`));
  return own?.slice(cli.length + 1) || (asked === 'latest' ? asked : PRESETS[cli].verified.to);
}

/** As npm takes it. */
export const packageOf = (cli: RealCli): string => `${PRESETS[cli].npm}@${chosenVersion(cli)}`;

/** Half a gigabyte of memory and many seconds each. */
const HEAVY: ReadonlySet<RealCli> = new Set(['gemini', 'qwen', 'opencode', 'copilot', 'cline']);

export type Installed =
  | { readonly ok: true; readonly bin: string }
  | { readonly ok: false; readonly reason: string };

function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'cfn-loop-test');
}

async function works(bin: string, cli: RealCli): Promise<boolean> {
  if (!existsSync(bin)) return false;
  const path = [dirname(process.execPath), bin, process.env['PATH'] ?? ''].join(delimiter);
  return run(join(bin, process.platform === 'win32' ? `${cli}.cmd` : cli), ['--version'], {
    env: { ...process.env, PATH: path },
    timeout: 30_000,
    shell: process.platform === 'win32',
  }).then(
    () => true,
    () => false,
  );
}

/** Another test may have put its own copy there meanwhile, and be running it: a copy that works stays. */
async function putInPlace(copy: {
  readonly building: string;
  readonly folder: string;
  readonly works: () => Promise<boolean>;
}): Promise<void> {
  const placed = () =>
    rename(copy.building, copy.folder).then(
      () => true,
      () => false,
    );
  if ((await placed()) || (await copy.works())) return;
  await rename(copy.folder, `${copy.building}-broken`);
  await rm(`${copy.building}-broken`, { recursive: true, force: true });
  await rename(copy.building, copy.folder);
}

/** Installs a CLI once; a cut-off installation never looks complete because it is renamed into place. */
export async function installCli(cli: RealCli): Promise<Installed> {
  const wanted = packageOf(cli);
  const folder = join(cacheFolder(), wanted.replaceAll(/[@/]/g, '_'));
  const bin = join(folder, 'node_modules', '.bin');
  if (await works(bin, cli)) return { ok: true, bin };
  if (HEAVY.has(cli) && !process.env['CFN_TEST_ALL_CLIS']) {
    return {
      ok: false,
      reason: `${wanted} is not installed; CFN_TEST_ALL_CLIS=1 fetches it, and from then on it is tested`,
    };
  }
  let building: string | null = null;
  try {
    await mkdir(cacheFolder(), { recursive: true });
    building = await mkdtemp(join(cacheFolder(), 'building-'));
    await writeFile(join(building, 'package.json'), '{"private":true}');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    await run(npm, ['install', '--no-audit', '--no-fund', '--no-package-lock', wanted], {
      cwd: building,
      env: { ...process.env, PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter) },
      timeout: 180_000,
      shell: process.platform === 'win32',
    });
    await putInPlace({ building, folder, works: () => works(bin, cli) });
  } catch (error) {
    return { ok: false, reason: `${wanted} cannot be installed: ${String(error).slice(0, 300)}` };
  } finally {
    if (building !== null) await rm(building, { recursive: true, force: true });
  }
  return (await works(bin, cli))
    ? { ok: true, bin }
    : { ok: false, reason: `${wanted} was installed but does not start on this machine` };
}

async function settings(folder: string, content: object, name = 'settings.json'): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), JSON.stringify(content));
}

/** Points a CLI at the scripted model and away from the user's own configuration. */
export async function redirect(cli: RealCli, url: string, home: string): Promise<Record<string, string>> {
  await mkdir(home, { recursive: true });
  switch (cli) {
    case 'claude':
      return { CLAUDE_CONFIG_DIR: home, ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: 'scripted' };
    case 'codex':
      await writeFile(
        join(home, 'config.toml'),
        [
          'model = "scripted"',
          'model_provider = "scripted"',
          '[model_providers.scripted]',
          'name = "scripted"',
          `base_url = "${url}/v1"`,
          'env_key = "OPENAI_API_KEY"',
          'wire_api = "responses"',
          'request_max_retries = 1',
          'stream_max_retries = 1',
          '[analytics]',
          'enabled = false',
          '',
        ].join('\n'),
      );
      return { CODEX_HOME: home, OPENAI_API_KEY: 'scripted' };
    case 'pi':
      await writeFile(
        join(home, 'models.json'),
        JSON.stringify({
          providers: {
            scripted: {
              baseUrl: `${url}/v1`,
              api: 'openai-completions',
              apiKey: 'scripted',
              models: [{ id: 'scripted-1', cost: { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 0 } }],
            },
          },
        }),
      );
      await writeFile(
        join(home, 'settings.json'),
        JSON.stringify({ defaultProvider: 'scripted', defaultModel: 'scripted-1' }),
      );
      return { PI_CODING_AGENT_DIR: home, PI_OFFLINE: '1' };
    case 'gemini':
      await settings(join(home, '.gemini'), {
        // A named model, because the default one asks another model which to take.
        model: { name: 'gemini-2.5-pro' },
        security: { auth: { selectedType: 'gemini-api-key' } },
        privacy: { usageStatisticsEnabled: false },
      });
      return { HOME: home, GEMINI_API_KEY: 'scripted', GOOGLE_GEMINI_BASE_URL: url };
    case 'qwen':
      await settings(join(home, '.qwen'), {
        security: { auth: { selectedType: 'openai' } },
        privacy: { usageStatisticsEnabled: false },
      });
      return {
        HOME: home,
        OPENAI_API_KEY: 'scripted',
        OPENAI_BASE_URL: `${url}/v1`,
        OPENAI_MODEL: 'scripted',
      };
    case 'opencode':
      await settings(
        join(home, 'opencode'),
        {
          model: 'scripted/scripted-1',
          small_model: 'scripted/scripted-1',
          provider: {
            scripted: {
              npm: '@ai-sdk/openai-compatible',
              options: { baseURL: `${url}/v1`, apiKey: 'scripted' },
              models: { 'scripted-1': { cost: { input: 1, output: 5, cache_read: 0.1 } } },
            },
          },
        },
        'opencode.json',
      );
      return {
        XDG_CONFIG_HOME: home,
        XDG_DATA_HOME: home,
        XDG_STATE_HOME: home,
        XDG_CACHE_HOME: home,
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
        OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      };
    case 'copilot':
      return {
        COPILOT_HOME: home,
        COPILOT_OFFLINE: 'true',
        COPILOT_MODEL: 'scripted-1',
        COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
        // It takes its keys out of whatever it prints, so this one is no word.
        COPILOT_PROVIDER_API_KEY: 'key-of-the-scripted-model',
      };
    case 'cline':
      await settings(
        join(home, '.cline', 'data', 'settings'),
        {
          version: 1,
          lastUsedProvider: 'openai-compatible',
          modes: {},
          providers: {
            'openai-compatible': {
              settings: {
                provider: 'openai-compatible',
                apiKey: 'scripted',
                model: 'scripted-1',
                baseUrl: `${url}/v1`,
              },
              updatedAt: '2026-01-01T00:00:00.000Z',
              tokenSource: 'manual',
            },
          },
        },
        'providers.json',
      );
      return { HOME: home, DO_NOT_TRACK: '1' };
  }
}
