import { homedir } from 'node:os';
import { join } from 'node:path';
import { vscode } from './adapters/providers/vscode.ts';
import { providers } from './adapters/providers/registry.ts';
import { agentAccount } from './adapters/state/agent-account.ts';
import { installCfnCommand } from './adapters/state/cfn-command.ts';
import type { CoreOptions } from './app/core.ts';
import type { LoopDeps } from './app/loop-deps.ts';
import { agentEnvironment, evidenceEnvironment } from './domain/agents/environment.ts';
import type { LoopConfig } from './domain/loop/config.ts';
import type { AgentProgram } from './domain/loop/model.ts';
import type { ModelServer } from './ports/language-models.ts';

/** For people to read: the session and the folder of the result are those of no attempt. */
export function agentCommand(program: AgentProgram, permission: LoopConfig['permission']): readonly string[] {
  const provider = providers.get(program.kind === 'preset' ? program.preset : 'exec');
  const spec = program.kind === 'exec' ? { ...program, argv: [...program.argv] } : program;
  return provider?.command({ program: spec, permission, sessionId: null, outFolder: 'out' }).argv ?? [];
}

interface EnvironmentDeps {
  readonly options: CoreOptions;
  readonly home: string;
  readonly loginPath: () => Promise<string>;
  /** Null outside of the editor. */
  readonly modelServer: ModelServer | null;
}

/** What agents, and the commands that tell good from bad, see of the user's environment. */
export function createEnvironments({ options, home, loginPath, modelServer }: EnvironmentDeps) {
  const base = async () => ({
    platform: process.platform,
    user: options.env,
    path: await loginPath(),
    binFolder: await installCfnCommand({
      stateHome: home,
      cli: join(options.programs, 'cli.js'),
      node: process.execPath,
      platform: process.platform,
      home: homedir(),
    }),
  });
  const presetVariables = (program: AgentProgram): readonly string[] =>
    program.kind === 'preset' ? (providers.get(program.preset)?.environment ?? []) : [];
  const forAgent: LoopDeps['agentEnvironment'] = async ({ program, ...request }) => ({
    ...agentEnvironment({ ...(await base()), ...request, presetVariables: presetVariables(program) }),
    ...(await lentModel(program)),
  });
  const lentModel = async (program: AgentProgram) =>
    modelServer !== null && program.kind === 'preset' && program.preset === vscode.id
      ? modelServer.admit(program.model ?? null)
      : {};
  /** Programs of one's own and the scripted preset ask no provider that we know of. */
  const accountOf: LoopDeps['agentAccount'] = async (program) =>
    program.kind === 'exec' || program.preset === 'demo'
      ? null
      : agentAccount(join(home, 'account-key'), {
          preset: program.preset,
          variables: presetVariables(program),
          env: options.env,
        });
  return { forAgent, accountOf, forEvidence: async () => evidenceEnvironment(await base()) };
}
