import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { agentEnvironment } from '../../src/adapters/process/agent-env.ts';
import type { AgentLaunch } from '../../src/ports/agent-runtime.ts';
import { ATTEMPT_FILES } from '../../src/protocol/attempt-folder.ts';
import { createAgentTerminals } from '../../src/vscode/terminals/terminal-runtime.ts';
import { agentView } from '../../src/vscode/test-views.ts';
import { test } from './suite.mts';

/** Says what it was given and who it is, then stays until it is ended. */
const RUNNER = `
const fs = require('node:fs');
const folder = process.argv[2];
const file = folder + '/${ATTEMPT_FILES.runner}';
const state = { version: 1, runToken: 't', runner: { pid: process.pid, startTime: '1' }, agent: null, phase: 'running', lastSign: null, usage: null, costUsd: null };
fs.writeFileSync(folder + '/given.json', JSON.stringify({ argv: process.argv.slice(2), env: process.env, cwd: process.cwd(), tty: process.stdout.isTTY === true }));
fs.writeFileSync(file + '.tmp', JSON.stringify(state));
fs.renameSync(file + '.tmp', file);
setInterval(() => {}, 1000);
`;

interface Given {
  readonly argv: string[];
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly tty: boolean;
}

function launchIn(folder: string, cwd: string): AgentLaunch {
  const spec: AgentLaunch['spec'] = {
    version: 1,
    taskId: 't',
    agentId: 'backend-1',
    role: 'implementer',
    iteration: 2,
    attempt: 1,
    runToken: 't',
    nonce: 'n',
    program: { kind: 'preset', preset: 'demo' },
    permission: 'edits',
    cwd,
    worktree: cwd,
    limits: { idleMs: 1000, totalMs: 1000, completionMs: 1000, killGraceMs: 1000 },
    repair: null,
  };
  return { spec, folder, env: { AGENT_ID: 'backend-1', ODD: '$(x) "y"' }, title: 'cfn · backend-1 · it 2' };
}

async function eventually<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not happen`);
}

const given = (folder: string) =>
  eventually('the runner has started', async () => {
    const text = await readFile(path.join(folder, ATTEMPT_FILES.runner), 'utf8').catch(() => null);
    if (text === null) return null;
    return JSON.parse(await readFile(path.join(folder, 'given.json'), 'utf8')) as Given;
  });

export function terminalTests(): void {
  test('[P3-023] an agent terminal gives a TTY, untouched arguments, and the agent exactly its environment', async () => {
    const base = await mkdtemp(path.join(tmpdir(), 'cfn-term-'));
    const folder = await mkdtemp(path.join(base, 'with space $(x) '));
    const runner = path.join(base, 'runner.js');
    await writeFile(runner, RUNNER);
    const terminals = createAgentTerminals(runner);
    try {
      const launched = await terminals.runtime.launch(launchIn(folder, base), new AbortController().signal);
      assert.ok(launched.ok);
      const seen = await given(folder);
      assert.deepEqual(seen.argv, [folder]);
      assert.equal(seen.tty, true);
      assert.equal(seen.cwd, base);
      assert.equal(seen.env['ODD'], '$(x) "y"');
      assert.equal(seen.env['AGENT_ID'], 'backend-1');
      assert.equal(seen.env['XDG_STATE_HOME'], undefined, 'the editor’s own environment is kept out');
      // Other extensions may add theirs; what the agent sees of it is the given names alone.
      const agent = agentEnvironment({
        base: seen.env,
        spec: launchIn(folder, base).spec,
        folder,
        added: {},
      });
      const own = Object.keys(agent).filter((name) => !/^(CFN_|AGENT_ID|TASK_ID)/.test(name));
      assert.deepEqual(
        own.filter((name) => !['TERM', 'COLORTERM'].includes(name)),
        ['ODD'],
      );
      const state = JSON.parse(await readFile(path.join(folder, ATTEMPT_FILES.runner), 'utf8')) as {
        runner: { pid: number };
      };
      assert.equal(launched.value.pid, state.runner.pid);
      const terminal = await terminals.find(agentView({ id: 'backend-1', folder }));
      assert.equal(terminal?.name, 'cfn · backend-1 · it 2');
      // As after a reload, when only the process is known.
      const later = createAgentTerminals(runner);
      assert.equal(await later.find(agentView({ id: 'backend-1', folder })), terminal);
      later.dispose();
      terminal?.dispose();
      await eventually('the runner is ended with its terminal', () =>
        Promise.resolve(gone(state.runner.pid)),
      );
      assert.equal(await terminals.find(agentView({ id: 'backend-1', folder })), null);
    } finally {
      terminals.dispose();
      await rm(base, { recursive: true, force: true });
    }
  });

  test('a start that was cancelled opens no terminal', async () => {
    const before = vscode.window.terminals.length;
    const terminals = createAgentTerminals('/nowhere/runner.js');
    const launched = await terminals.runtime.launch(launchIn('/nowhere', '/'), AbortSignal.abort());
    assert.equal(launched.ok, false);
    assert.equal(vscode.window.terminals.length, before);
    terminals.dispose();
  });
}

function gone(pid: number): true | null {
  try {
    process.kill(pid, 0);
    return null;
  } catch {
    return true;
  }
}
