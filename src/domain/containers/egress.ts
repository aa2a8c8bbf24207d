import { err, ok, type Result } from '../../base/result.ts';

/** What an agent may reach by the egress proxy. */
export interface EgressRule {
  /** In lower case, without the final dot. */
  readonly host: string;
  /** Every name below the host, and not the host itself. */
  readonly below: boolean;
  readonly ports: readonly number[];
  /** Also at private addresses: for a model server of one's own. Only a person's settings may say so. */
  readonly inside?: boolean;
}

const PORTS = [443, 80] as const;
const LONGEST = 253;
const NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** `api.example.com`, `*.example.com`, `host.example.com:8443` */
export function parseEgressRule(text: string): Result<EgressRule, string> {
  const [, star = '', name = '', port] = /^(\*\.)?([^:]*)(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
  const host = hostName(name);
  const shown = JSON.stringify(text.slice(0, 80));
  if (host === null || isAddress(host))
    return err(
      `${shown} names no host; an entry is a name, as "api.example.com", "*.example.com" or "host:8443".`,
    );
  if (star !== '' && !host.includes('.'))
    return err(`${shown} is too wide; after "*." an entry needs a name with a dot in it.`);
  const ports = port === undefined ? PORTS : [Number(port)];
  if (ports.some((one) => one < 1 || one > 65_535)) return err(`${shown} has no port from 1 to 65535.`);
  return ok({ host, below: star !== '', ports });
}

/** As rules have it; `null`: no name of a host. */
export function hostName(text: string): string | null {
  const name = text.toLowerCase().replace(/\.$/, '');
  return name.length <= LONGEST && NAME.test(name) ? name : null;
}

/** In any spelling that a resolver reads as an address: `127.1`, `2130706433`, `0x7f.1`, `[::1]`. */
export function isAddress(host: string): boolean {
  if (host.includes(':') || host.startsWith('[')) return true;
  const last = host.replace(/\.$/, '').split('.').at(-1) ?? '';
  return /^(?:\d+|0x[0-9a-f]*)$/i.test(last);
}

/**
 * `credential`: none, or not the agent's. `malformed`: not what a proxy is asked. `address`: an address in place of a
 * name. `host` and `port`: no rule has it. `unresolved`: the name leads nowhere. `inside`: it leads to this machine or
 * a network behind it. `unreachable`: nobody answers there.
 */
export type EgressRefusal =
  | 'credential'
  | 'malformed'
  | 'address'
  | 'host'
  | 'port'
  | 'unresolved'
  | 'inside'
  | 'unreachable';

export type EgressVerdict =
  | { readonly allowed: true; readonly host: string; readonly inside: boolean }
  | { readonly allowed: false; readonly why: EgressRefusal };

export function judgeEgress(rules: readonly EgressRule[], host: string, port: number): EgressVerdict {
  if (isAddress(host)) return { allowed: false, why: 'address' };
  const name = hostName(host);
  if (name === null) return { allowed: false, why: 'malformed' };
  const named = rules.filter((rule) => (rule.below ? name.endsWith(`.${rule.host}`) : name === rule.host));
  const fitting = named.filter(({ ports }) => ports.includes(port));
  if (fitting.length === 0) return { allowed: false, why: named.length === 0 ? 'host' : 'port' };
  return { allowed: true, host: name, inside: fitting.some(({ inside }) => inside === true) };
}

/** Where the agent CLIs ask their models, as long as nobody routes them elsewhere. */
const PROVIDER_HOSTS: Readonly<Record<string, readonly string[]>> = {
  claude: ['api.anthropic.com'],
  codex: ['api.openai.com', 'chatgpt.com'],
  gemini: ['generativelanguage.googleapis.com'],
};

/**
 * What an agent always needs: its provider. `routeUrl` is that of a route or of a gateway of one's own, which may
 * stand in a private network because the person named it.
 */
export function providerRules(preset: string, routeUrl: string | null): readonly EgressRule[] {
  if (routeUrl === null || !URL.canParse(routeUrl))
    return (PROVIDER_HOSTS[preset.split('+')[0] ?? ''] ?? []).map((host) => ({
      host,
      below: false,
      ports: PORTS,
    }));
  const { protocol, hostname, port } = new URL(routeUrl);
  const host = hostName(hostname);
  if (host === null || isAddress(host)) return [];
  const standard = protocol === 'http:' ? 80 : 443;
  return [{ host, below: false, ports: [port === '' ? standard : Number(port)], inside: true }];
}

/** For the programs in a container; `direct`: names of the loop's own servers. */
export function proxyVariables(url: string, direct: readonly string[]): Record<string, string> {
  const none = ['localhost', '127.0.0.1', '::1', ...direct].join(',');
  return {
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    NO_PROXY: none,
    // Some programs read the small ones alone.
    http_proxy: url,
    https_proxy: url,
    no_proxy: none,
    NODE_USE_ENV_PROXY: '1',
  };
}
