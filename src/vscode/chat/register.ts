import * as vscode from 'vscode';
import { loadOnce } from '../../base/load-once.ts';
import type { ToolName } from '../../protocol/tool-inputs.ts';
import type { Front } from '../front.ts';
import type { Chat } from './chat.ts';

const TOOL_NAMES: readonly ToolName[] = [
  'cfn_start_loop',
  'cfn_status',
  'cfn_why',
  'cfn_add_feedback',
  'cfn_decide',
];

/** `@cfn` and the tools, where the editor has a chat and language models at all. */
export function registerChat(front: Front, extension: vscode.Uri): vscode.Disposable {
  const { get: load } = loadOnce(async () => (await import('./chat.ts')).createChat(front));
  return vscode.Disposable.from(...participants(front, load, extension), ...tools(front, load));
}

type Load = () => Promise<Chat>;

function participants({ telemetry }: Front, load: Load, extension: vscode.Uri): vscode.Disposable[] {
  const chat: Partial<typeof vscode.chat> | undefined = vscode.chat;
  if (typeof chat?.createChatParticipant !== 'function') return [];
  const participant = chat.createChatParticipant('cfn.chat', async (request, _context, stream) => {
    telemetry.send('chatAsked', { command: commandOf(request.command) });
    return (await load()).answer(request, stream);
  });
  participant.iconPath = vscode.Uri.joinPath(extension, 'media', 'epic.svg');
  participant.followupProvider = {
    provideFollowups: async ({ metadata }) => (await load()).followUps(metadata),
  };
  return [participant];
}

const commandOf = (command: string | undefined) =>
  command === 'start' || command === 'status' || command === 'why' ? command : 'none';

function tools({ telemetry }: Front, load: Load): vscode.Disposable[] {
  const models: Partial<typeof vscode.lm> | undefined = vscode.lm;
  const { registerTool } = models ?? {};
  if (typeof registerTool !== 'function') return [];
  return TOOL_NAMES.map((tool) =>
    registerTool(tool, {
      prepareInvocation: async ({ input }) => (await load()).prepareTool(tool, input),
      invoke: async ({ input }) => {
        telemetry.send('toolUsed', { tool });
        const text = await (await load()).runTool(tool, input);
        return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
      },
    }),
  );
}
