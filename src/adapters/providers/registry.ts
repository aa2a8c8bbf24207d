import { routeOf, type AgentProgram } from '../../domain/loop/model.ts';
import type { AgentProvider } from '../../ports/agent-provider.ts';
import { ACP_PROVIDERS } from './acp.ts';
import { aider } from './aider.ts';
import { claude } from './claude.ts';
import { cline } from './cline.ts';
import { codex } from './codex.ts';
import { copilot } from './copilot.ts';
import { demo } from './demo.ts';
import { exec } from './exec.ts';
import { gemini } from './gemini.ts';
import { opencode } from './opencode.ts';
import { pi } from './pi.ts';
import { qwen } from './qwen.ts';
import { vscode } from './vscode.ts';
import { routedProvider } from './routed.ts';

/** Every program the loop knows how to run, by preset id, in the order in which a default is chosen. */
export const providers: ReadonlyMap<string, AgentProvider> = new Map(
  [
    claude,
    codex,
    gemini,
    qwen,
    opencode,
    pi,
    copilot,
    cline,
    aider,
    ...ACP_PROVIDERS,
    vscode,
    demo,
    exec,
  ].map((provider) => [provider.id, provider]),
);

/** The provider of a crew member's program; `exec:` programs share one. */
export function providerOf(program: AgentProgram): AgentProvider | undefined {
  const provider = providers.get(program.kind === 'exec' ? 'exec' : program.preset);
  const route = routeOf(program);
  return route === null || provider === undefined ? provider : routedProvider(provider, route);
}
