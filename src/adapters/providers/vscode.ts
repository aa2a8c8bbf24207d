import { fileURLToPath } from 'node:url';
import type { AgentOutput, AgentProvider } from '../../ports/agent-provider.ts';
import { modelAgentEventSchema, parseLine, type ModelAgentEvent } from '../../protocol/model-socket.ts';
import { agentLine, clip, clipTool, failed, plain, silent, toolLine } from './output.ts';

/** Our agent program: beside the bundle when built, in the sources otherwise. */
export function modelAgentProgram(moduleUrl: string = import.meta.url): string {
  const bundled = !moduleUrl.endsWith('.ts');
  return fileURLToPath(new URL(bundled ? './model-agent.js' : '../../model-agent.ts', moduleUrl));
}

export const NONE_OFFERED =
  'VS Code offers no language model here; sign in to GitHub Copilot, or install an extension that brings one.';

function outputOf(event: ModelAgentEvent): AgentOutput {
  switch (event.type) {
    case 'started':
      return {
        transcript: [
          { stream: 'agent', kind: 'notice', text: `A language model of VS Code (${event.model}).` },
        ],
        model: event.model,
      };
    case 'said':
      return { ...agentLine('text', clip(event.text)), message: event.text };
    case 'tool':
      return agentLine('tool', toolLine(event.name, event.detail));
    case 'tool-result':
      return agentLine(event.isError ? 'error' : 'tool-result', clipTool(event.text));
    case 'usage':
      return { ...silent, usage: event.usage };
    case 'finished':
      return { ...agentLine('result', 'Finished.'), final: { success: true } };
    case 'failed': {
      const { error, rateLimited } = failed(event.message);
      const limited = rateLimited === true || event.reason === 'rate-limited';
      return {
        ...agentLine('error', event.message),
        final: {
          success: false,
          ...(error === undefined ? {} : { error }),
          ...(limited ? { rateLimited: true } : {}),
          // A window that went says nothing of who answers for the model.
          ...(event.reason === 'closing' ? { unrelated: true } : {}),
        },
      };
    }
  }
}

/** Language models that VS Code offers to extensions, asked through the window that runs the loop. */
export const vscode: AgentProvider = {
  id: 'vscode',
  title: 'Language models of VS Code',
  programs: [],
  versionArgs: [],
  helpArgs: [],
  verified: null,
  environment: [],
  stop: { signal: 'SIGTERM', graceMs: 1000 },
  needsFinalEvent: true,
  resume: 'never',
  reports: { usage: true, cost: false },
  gated: true,
  confined: true,
  mcp: false,
  channels: ['message'],
  command: () => ({
    argv: [process.execPath, modelAgentProgram()],
    // In the editor `execPath` is the editor itself, which runs scripts only when told so.
    env: process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' },
    stdin: 'prompt',
  }),
  createParser: () => (line) => {
    const event = parseLine(modelAgentEventSchema, line);
    return event === undefined ? plain(line) : outputOf(event);
  },
};
