const PROXIES = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
const LOOPBACK = '127.0.0.1';

/**
 * Variables by which an agent asks its own machine without the user's proxy, who would be told the token and knows no way
 * back. Nothing where there is no proxy.
 */
export function pastProxies(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Record<string, string> {
  if (PROXIES.every((name) => !env[name])) return {};
  const around = env['NO_PROXY'] || env['no_proxy'] || '';
  const all = around.split(',').map((host) => host.trim());
  const value =
    all.includes(LOOPBACK) || all.includes('*') ? around : [...all, LOOPBACK].filter(Boolean).join(',');
  // Windows has one variable for both spellings.
  return platform === 'win32' ? { NO_PROXY: value } : { NO_PROXY: value, no_proxy: value };
}
