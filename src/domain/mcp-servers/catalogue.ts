import type { McpServer, McpServers, ServerHealth } from './server.ts';

const MIB = 1024 * 1024;

/** `30s`, `10s` and `3` of the health check that the first design has for its containers. */
const HEALTH: ServerHealth = { intervalMs: 30_000, timeoutMs: 10_000, retries: 3 };

type Line = Omit<McpServer, 'health' | 'origin' | 'variables'> & Partial<Pick<McpServer, 'variables'>>;

/**
 * The four servers of the first design, with what stands behind each today. Names, ports, limits and reservations are the
 * design's; packages were chosen in November 2026, because whoever makes the thing itself also makes the server.
 */
const LINES: readonly Line[] = [
  {
    id: 'playwright',
    title: 'Playwright',
    purpose: 'Browser automation',
    port: 8081,
    limits: {
      memoryBytes: 512 * MIB,
      memoryReservationBytes: 256 * MIB,
      cpus: 0.5,
      cpuReservation: 0.25,
    },
    startOrder: 2,
    backing: {
      kind: 'package',
      name: '@playwright/mcp',
      version: '0.0.83',
      integrity:
        'sha512-oNcl+Ae2/IAjhfPeP46BfIkSakfmprY+aOtkv5MjrQ4lPav4/yNtPhL0iq8SlIM90oApWgBDUxaNKvktazUKOg==',
      entry: 'cli.js',
      args: ['--headless', '--isolated'],
    },
    needs: ['browser'],
    source: 'https://github.com/microsoft/playwright-mcp',
    verified: {
      day: '2026-11-27',
      what: 'installed, started and driven through the gateway, with Chromium of Debian 12',
    },
  },
  {
    id: 'redis-tools',
    title: 'Redis Tools',
    purpose: 'Redis management',
    port: 8082,
    limits: { memoryBytes: 256 * MIB, memoryReservationBytes: 128 * MIB, cpus: 0.25, cpuReservation: 0.1 },
    startOrder: 1,
    // The one of npm, `@modelcontextprotocol/server-redis`, is archived and promises no security.
    backing: { kind: 'program', command: 'redis-mcp-server', args: [] },
    needs: ['store'],
    source: 'https://github.com/redis/mcp-redis',
    verified: null,
  },
  {
    id: 'n8n',
    title: 'N8N',
    purpose: 'Workflow automation',
    port: 8083,
    limits: { memoryBytes: 1024 * MIB, memoryReservationBytes: 512 * MIB, cpus: 1, cpuReservation: 0.5 },
    startOrder: 3,
    // Built into n8n itself: a person names their own instance, `https://…/mcp-server/http`.
    backing: { kind: 'address', url: null, tokenVariable: 'N8N_MCP_ACCESS_TOKEN' },
    needs: [],
    source: 'https://docs.n8n.io/connect/connect-to-n8n-mcp-server/',
    verified: null,
  },
  {
    id: 'security-scanner',
    title: 'Security Scanner',
    purpose: 'Security analysis',
    port: 8084,
    limits: {
      memoryBytes: 512 * MIB,
      memoryReservationBytes: 256 * MIB,
      cpus: 0.5,
      cpuReservation: 0.25,
    },
    startOrder: 4,
    // Part of the program itself; the package `semgrep-mcp` is deprecated by its makers.
    backing: { kind: 'program', command: 'semgrep', args: ['mcp'] },
    needs: ['worktree'],
    source: 'https://github.com/semgrep/semgrep',
    verified: null,
  },
];

export const CATALOGUE: McpServers = new Map(
  LINES.map((line) => [line.id, { variables: [], ...line, health: HEALTH, origin: 'catalogue' }]),
);
