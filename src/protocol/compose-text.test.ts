import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { composeFile, worktreeComposeFile, type ComposeServer } from '../domain/containers/compose.ts';
import { composeText } from './compose-text.ts';

const MIB = 1024 * 1024;
const PLAYWRIGHT: ComposeServer = {
  id: 'playwright',
  port: 8081,
  limits: {
    memoryBytes: 512 * MIB,
    memoryReservationBytes: 256 * MIB,
    cpus: 0.5,
    cpuReservation: 0.25,
  },
  health: { intervalMs: 30_000, timeoutMs: 10_000, retries: 3 },
  build: './mcp/playwright',
};
const text = composeText(composeFile({ servers: [PLAYWRIGHT], passwordFile: './.cfn/password' }));
/** Of one key, with the indentation taken away. */
function block(under: string, key: string): string {
  const lines = under.split('\n');
  const at = lines.findIndex((line) => line.trim() === `${key}:`);
  const depth = lines[at]!.search(/\S/);
  const length = lines.slice(at + 1).findIndex((line) => line !== '' && line.search(/\S/) <= depth);
  return lines
    .slice(at, length < 0 ? undefined : at + 1 + length)
    .map((line) => line.slice(depth))
    .join('\n')
    .trim();
}

describe('docker-compose.yml', () => {
  it('[SI-022] has the service names of the seeds', () => {
    const { services } = parse(text) as { services: Record<string, { networks: string[] }> };
    expect(Object.entries(services).map(([name, { networks }]) => [name, ...networks])).toEqual([
      ['redis', 'cfn-network'],
      ['postgres', 'cfn-network'],
      ['orchestrator', 'cfn-network', 'mcp-network'],
      ['mcp-playwright', 'mcp-network'],
    ]);
  });

  it('[SI-009] [SI-010] [SI-011] has MCP servers as in the seeds', () => {
    const server = block(text, 'mcp-playwright');
    expect(server).toContain('build: ./mcp/playwright');
    expect(server).toContain('- MCP_SERVER_ID=playwright\n    - AUTH_TOKEN=${MCP_AUTH_TOKEN}');
    expect(block(server, 'deploy')).toBe(
      [
        'deploy:',
        '  resources:',
        '    limits:',
        '      memory: 512M',
        "      cpus: '0.5'",
        '    reservations:',
        '      memory: 256M',
        "      cpus: '0.25'",
      ].join('\n'),
    );
    expect(block(server, 'healthcheck')).toBe(
      [
        'healthcheck:',
        '  test: ["CMD", "curl", "-f", "http://localhost:8081/health"]',
        '  interval: 30s',
        '  timeout: 10s',
        '  retries: 3',
      ].join('\n'),
    );
  });

  it('[SI-027] has the limits of an agent for the orchestrator', () => {
    expect(block(block(text, 'orchestrator'), 'deploy').split('\n').slice(3)).toEqual([
      '      memory: 1G',
      "      cpus: '1.0'",
      '    reservations:',
      '      memory: 512M',
      "      cpus: '0.5'",
    ]);
  });

  it('[SI-001] [SI-012] has both networks, whose subnets another worktree replaces', () => {
    expect(block(text, 'mcp-network')).toBe(
      [
        'mcp-network:',
        '  driver: bridge',
        '  internal: true',
        '  labels:',
        '    cfn.owner: ${CFN_OWNER:-}',
        '  ipam:',
        '    config:',
        '      - subnet: ${CFN_MCP_SUBNET:-172.31.0.0/16}',
      ].join('\n'),
    );
    expect(block(text, 'cfn-network')).toContain('- subnet: ${CFN_SUBNET:-172.30.0.0/16}');
  });

  it('asks the store by its answer, and gives its password to no variable or argument', () => {
    expect(text).toContain('redis-cli ping | grep -q PONG');
    expect(block(text, 'secrets')).toBe('secrets:\n  - store-password');
    expect(text).toMatch(/store-password:\n {4}file: \.\/\.cfn\/password/);
    const open = composeText(composeFile({ servers: [], passwordFile: null }));
    expect(open).toContain('test: ["CMD-SHELL", "redis-cli ping | grep -q PONG"]');
    expect(open).not.toMatch(/secret|password/i);
  });
});

describe('docker-compose.worktree.yml', () => {
  it('[SI-093] [X-03] is the seeds’ own, to the quotation mark', () => {
    expect(composeText(worktreeComposeFile()).split('\n').slice(1).join('\n')).toBe(`version: '3.8'
services:
  redis:
    ports:
      - "\${CFN_REDIS_PORT:-6379}:6379"
  postgres:
    ports:
      - "\${CFN_POSTGRES_PORT:-5432}:5432"
  orchestrator:
    ports:
      - "\${CFN_ORCHESTRATOR_PORT:-3001}:3000"
`);
  });
});
