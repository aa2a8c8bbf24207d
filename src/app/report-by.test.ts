import { expect, it } from 'vitest';
import type { AgentProgram, CrewMember } from '../domain/loop/model.ts';
import type { DetectedAgent } from '../ports/agent-provider.ts';
import { findMute } from './report-by.ts';

const agent = (id: string, channels: DetectedAgent['capabilities']['channels']): DetectedAgent => ({
  id,
  title: id,
  path: `/bin/${id}`,
  version: null,
  verified: null,
  capabilities: { resume: false, usage: false, cost: false, channels },
});
const agents = [agent('claude', ['mcp', 'command', 'file', 'message']), agent('demo', ['file'])];
const crewOf = (...programs: (AgentProgram | null)[]): readonly CrewMember[] =>
  programs.map((program, index) => ({ id: `a${index + 1}`, role: 'validator', program }));
const preset = (id: string): AgentProgram => ({ kind: 'preset', preset: id });
const exec = (tty: boolean): AgentProgram => ({ kind: 'exec', argv: ['sh'], tty });

it.each([
  ['file', [preset('claude'), preset('demo'), exec(true), null], null],
  ['message', [preset('claude'), exec(false), null], null],
  ['mcp', [preset('claude'), exec(true)], null],
  ['mcp', [preset('claude'), preset('demo')], 'The agent a2 (demo) cannot report by mcp; it can by file.'],
  [
    'message',
    [exec(true)],
    'The agent a1 (exec-tty) cannot report by message; it can by mcp, command, file.',
  ],
  [undefined, [preset('demo')], null],
] as const)('asked to report by %s', (reportBy, programs, sentence) => {
  const asked = { crew: crewOf(...programs), ...(reportBy === undefined ? {} : { reportBy }) };
  expect(findMute(asked, agents)).toBe(sentence);
});
