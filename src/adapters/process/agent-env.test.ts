import { expect, it } from 'vitest';
import type { AttemptSpec } from '../../protocol/attempt.ts';
import { ENVIRONMENT_NAMES } from '../../protocol/attempt-folder.ts';
import { agentEnvironment } from './agent-env.ts';

const spec: AttemptSpec = {
  version: 1,
  taskId: 't',
  agentId: 'a',
  role: 'implementer',
  iteration: 1,
  attempt: 1,
  runToken: 'token',
  nonce: 'n',
  program: { kind: 'preset', preset: 'demo' },
  permission: 'edits',
  cwd: '/w',
  worktree: '/w',
  limits: { idleMs: 1, totalMs: 1, completionMs: 1, killGraceMs: 1 },
  repair: null,
};
const of = (base: NodeJS.ProcessEnv) => agentEnvironment({ base, spec, folder: '/f', added: {} });

it('keeps what a terminal or another extension added from the agent', () => {
  const agent = of({
    [ENVIRONMENT_NAMES]: 'HOME PATH',
    HOME: '/home/me',
    PATH: '/bin',
    GIT_ASKPASS: '/credentials',
    TERM: 'xterm-256color',
    ELECTRON_RUN_AS_NODE: '1',
  });
  expect(agent).toMatchObject({ HOME: '/home/me', PATH: '/bin', TERM: 'xterm-256color', AGENT_ID: 'a' });
  expect(Object.keys(agent)).not.toContain('GIT_ASKPASS');
  expect(Object.keys(agent)).not.toContain(ENVIRONMENT_NAMES);
  expect(Object.keys(agent)).not.toContain('ELECTRON_RUN_AS_NODE');
});

it('passes everything on where the start alone made the environment', () => {
  expect(of({ HOME: '/home/me', ODD: '1' })).toMatchObject({ HOME: '/home/me', ODD: '1' });
});

it('compares names without case on Windows', () => {
  const base = {
    [ENVIRONMENT_NAMES]: 'PATH SYSTEMROOT',
    Path: 'C:\\a',
    SystemRoot: 'C:\\W',
    GIT_ASKPASS: 'x',
  };
  const agent = agentEnvironment({ base, spec, folder: '/f', added: {}, platform: 'win32' });
  expect(agent).toMatchObject({ Path: 'C:\\a', SystemRoot: 'C:\\W' });
  expect(Object.keys(agent)).not.toContain('GIT_ASKPASS');
  expect(
    Object.keys(agentEnvironment({ base, spec, folder: '/f', added: {}, platform: 'darwin' })),
  ).not.toContain('Path');
});
