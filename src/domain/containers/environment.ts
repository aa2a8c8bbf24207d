import { CONTAINER_BIN } from './plan.ts';

/**
 * What of a process's environment is right inside a container too. All that names a folder or a program of this
 * machine is not, and a container has its own.
 */
const OF_THIS_MACHINE = new Set([
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'PATH',
  'TMPDIR',
  'ANDROID_HOME',
  'ANDROID_SDK_ROOT',
  'ASDF_DATA_DIR',
  'ASDF_DIR',
  'BUN_INSTALL',
  'CARGO_HOME',
  'CARGO_HTTP_CAINFO',
  'CONDA_PREFIX',
  'COREPACK_HOME',
  'CURL_CA_BUNDLE',
  'DENO_DIR',
  'DOTNET_ROOT',
  'FNM_DIR',
  'FNM_MULTISHELL_PATH',
  'GEM_HOME',
  'GEM_PATH',
  'GIT_SSL_CAINFO',
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
  'NODE_EXTRA_CA_CERTS',
  'NPM_CONFIG_CACHE',
  'NVM_DIR',
  'PIP_CERT',
  'PLAYWRIGHT_BROWSERS_PATH',
  'PNPM_HOME',
  'PYENV_ROOT',
  'RBENV_ROOT',
  'REQUESTS_CA_BUNDLE',
  'RUSTUP_HOME',
  'SDKMAN_DIR',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'VIRTUAL_ENV',
  'VOLTA_HOME',
  'npm_config_cache',
]);

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const CONTAINER_HOME = '/home/agent';

export function containerEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const carried = Object.entries(env).filter(
    ([name]) => !OF_THIS_MACHINE.has(name) && !name.startsWith('XDG_'),
  );
  const settings = Number(env['GIT_CONFIG_COUNT'] ?? 0);
  return {
    ...Object.fromEntries(carried),
    // Mounted folders may belong to somebody else by number; nobody else is in there.
    [`GIT_CONFIG_KEY_${settings}`]: 'safe.directory',
    [`GIT_CONFIG_VALUE_${settings}`]: '*',
    GIT_CONFIG_COUNT: String(settings + 1),
    HOME: CONTAINER_HOME,
    USER: 'agent',
    TMPDIR: '/tmp',
    PATH: `${CONTAINER_BIN}:${SYSTEM_PATH}`,
  };
}
