import { assert, jsonValue, property } from 'fast-check';
import { expect, it } from 'vitest';
import { CATALOGUE } from '../domain/mcp-servers/catalogue.ts';
import { SKILL_MAP } from '../domain/mcp-servers/skills.ts';
import { mergeServers, parseOwnServers } from './mcp-servers.ts';

const parse = (value: unknown) => parseOwnServers('own.json', JSON.stringify(value));
function merge(servers: object, skills: object = {}) {
  const own = parse({ version: 1, servers, skill_to_mcp_mapping: skills });
  return own.ok ? mergeServers({ servers: CATALOGUE, skills: SKILL_MAP }, own.value) : own;
}

it('adds servers of a person and changes those of the catalogue', () => {
  const merged = merge(
    {
      mine: { program: '/opt/mine', args: ['--x'], needs: ['store'], variables: ['MINE_KEY'] },
      n8n: { address: 'https://n8n.example/mcp-server/http' },
      playwright: { args: ['--headless'], memoryMb: 1024 },
      'security-scanner': { image: 'scan@sha256:0', args: ['scan', 'mcp'], cpus: 0.1 },
    },
    { 'browser-automation': ['playwright', 'mine'] },
  );
  if (!merged.ok) throw new Error(merged.error);
  const { servers, skills } = merged.value;
  expect(servers.get('mine')).toMatchObject({
    backing: { kind: 'program', command: '/opt/mine', args: ['--x'] },
    needs: ['store'],
    variables: ['MINE_KEY'],
    origin: 'yours',
    verified: null,
  });
  expect(servers.get('n8n')?.backing).toEqual({
    kind: 'address',
    url: 'https://n8n.example/mcp-server/http',
    tokenVariable: 'N8N_MCP_ACCESS_TOKEN',
  });
  expect(servers.get('playwright')).toMatchObject({
    backing: { kind: 'package', args: ['--headless'] },
    limits: { memoryBytes: 1024 * 1024 * 1024 },
    port: 8081,
    verified: null,
  });
  expect(servers.get('security-scanner')).toMatchObject({
    backing: { kind: 'image', argv: ['scan', 'mcp'] },
    limits: { cpus: 0.1, cpuReservation: 0.1 },
    verified: null,
  });
  expect(skills.get('browser-automation')).toEqual(['playwright', 'mine']);
  expect(skills.get('redis-management')).toEqual(['redis-tools']);
});

it.each([
  [{ cfn: { program: 'x' } }, 'the server "cfn" is no id'],
  [{ 'a/b': { program: 'x' } }, 'the server "a/b" is no id'],
  [{ mine: {} }, 'mine is new, so it takes one of program, image and address.'],
  [{ mine: { program: 'x', image: 'y' } }, 'mine takes one of program, image and address.'],
  [
    { mine: { address: 'http://far.example/mcp' } },
    'mine.address is "http://far.example/mcp"; it takes an https',
  ],
  [{ mine: { address: 'https://u:p@far.example/' } }, 'mine.address is'],
  [{ mine: { program: 'x', tokenVariable: 'PATH' } }, 'mine.tokenVariable is "PATH"; it takes the name'],
  [{ mine: { command: 'x' } }, 'mine has "command", which is not known; the names are'],
  [{ mine: 'x' }, 'mine must be a mapping'],
])('refuses %j', (servers, message) => {
  expect(merge(servers)).toMatchObject({ ok: false, error: expect.stringContaining(message) });
});

it('refuses a skill that names no server, and one that is no name', () => {
  expect(merge({}, { a: ['nope'] })).toMatchObject({
    ok: false,
    error: expect.stringContaining('the skill a names the server "nope", which there is not'),
  });
  expect(merge({}, { 'A B': ['n8n'] })).toMatchObject({
    ok: false,
    error: expect.stringContaining('the skill "A B" is no name'),
  });
});

it('reads anything without a throw', () => {
  assert(
    property(jsonValue(), (value) => {
      const own = parse(value);
      if (own.ok) mergeServers({ servers: CATALOGUE, skills: SKILL_MAP }, own.value);
      expect(own.ok ? 'own.json' : own.error).toMatch(/^own\.json/);
      parse({ version: 1, servers: { mine: value } });
    }),
  );
});
