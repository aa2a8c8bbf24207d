/** Language models of the editor for agents of loops; loaded when the first of them is wanted. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { chooseModel, modelNames } from '../../domain/agents/offered-model.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type {
  LanguageModels,
  ModelAsk,
  ModelConversation,
  ModelFailure,
} from '../../ports/language-models.ts';
import type { ModelPart } from '../../protocol/model-socket.ts';
import { modelFailure } from './model-failure.ts';

const JUSTIFICATION = l10n.t('Agents of your loops review changes with it, and decide about them.');

export interface EditorModels extends LanguageModels {
  /** Asks for the person's consent where VS Code has not asked for it yet; only in an act of the person. */
  agree(model: string | null): Promise<Result<void, ModelFailure>>;
}

export function createEditorModels(access: vscode.LanguageModelAccessInformation): EditorModels {
  const find = async (model: string | null): Promise<Result<vscode.LanguageModelChat, ModelFailure>> => {
    const offered = await offeredModels();
    const chosen = chooseModel(offered, model);
    if (chosen !== undefined) return ok(chosen);
    const there = offered.length === 0 ? 'no language model' : `only ${modelNames(offered).join(', ')}`;
    return err({
      reason: 'not-found',
      message: `VS Code offers ${there}, and ${model ?? 'one'} was asked for.`,
    });
  };
  return {
    list: offeredModels,
    open: async (model) => {
      const found = await find(model);
      return found.ok ? ok(createConversation(found.value)) : found;
    },
    agree: async (model) => {
      const found = await find(model);
      if (!found.ok) return found;
      if (access.canSendRequest(found.value) !== undefined) return ok(undefined);
      return askForConsent(found.value);
    },
  };
}

/** There is no other way to be asked than by a request, so a small one is made. */
async function askForConsent(chat: vscode.LanguageModelChat): Promise<Result<void, ModelFailure>> {
  const source = new vscode.CancellationTokenSource();
  try {
    const message = vscode.LanguageModelChatMessage.User('Answer with the one word: yes');
    await chat.sendRequest([message], { justification: JUSTIFICATION }, source.token);
    return ok(undefined);
  } catch (error) {
    return err(modelFailure(error, chat.name));
  } finally {
    source.cancel();
    source.dispose();
  }
}

/** Those of GitHub Copilot first, as most people have them; else in the order in which VS Code names them. */
async function offeredModels(): Promise<readonly vscode.LanguageModelChat[]> {
  const models = await vscode.lm.selectChatModels();
  const rank = ({ vendor }: vscode.LanguageModelChat) => (vendor === 'copilot' ? 0 : 1);
  return [...models].sort((one, other) => rank(one) - rank(other));
}

function createConversation(chat: vscode.LanguageModelChat): ModelConversation {
  const messages: vscode.LanguageModelChatMessage[] = [];
  const tokens = createCounter(chat);
  return {
    model: chat,
    ask: async (request) => {
      const source = new vscode.CancellationTokenSource();
      const cancel = () => source.cancel();
      request.signal.addEventListener('abort', cancel, { once: true });
      if (request.signal.aborted) cancel();
      try {
        const question = userMessage(request.parts);
        messages.push(question);
        await tokens.add(question);
        const input = tokens.total();
        const answer = await answerOf(chat, messages, request, source.token);
        messages.push(answer);
        const output = await tokens.add(answer);
        return ok(input === null || output === null ? null : { input, cachedInput: 0, output });
      } catch (error) {
        return err(modelFailure(error, chat.name));
      } finally {
        request.signal.removeEventListener('abort', cancel);
        source.dispose();
      }
    },
  };
}

async function answerOf(
  chat: vscode.LanguageModelChat,
  messages: readonly vscode.LanguageModelChatMessage[],
  { tools, onPiece }: ModelAsk,
  token: vscode.CancellationToken,
): Promise<vscode.LanguageModelChatMessage> {
  const options = { justification: JUSTIFICATION, tools: [...tools] };
  const response = await chat.sendRequest([...messages], options, token);
  const parts: (vscode.LanguageModelTextPart | vscode.LanguageModelToolCallPart)[] = [];
  for await (const part of response.stream) {
    if (part instanceof vscode.LanguageModelTextPart) {
      onPiece({ kind: 'text', text: part.value });
      parts.push(part);
    } else if (part instanceof vscode.LanguageModelToolCallPart) {
      onPiece({ kind: 'tool-call', callId: part.callId, name: part.name, input: part.input });
      parts.push(part);
    }
  }
  return vscode.LanguageModelChatMessage.Assistant(parts);
}

const userMessage = (parts: readonly ModelPart[]): vscode.LanguageModelChatMessage =>
  vscode.LanguageModelChatMessage.User(
    parts.map((part) =>
      part.kind === 'text'
        ? new vscode.LanguageModelTextPart(part.text)
        : new vscode.LanguageModelToolResultPart(part.callId, [new vscode.LanguageModelTextPart(part.text)]),
    ),
  );

/** Each message is counted once; where one cannot be counted, nothing is known of the rest either. */
function createCounter(chat: vscode.LanguageModelChat) {
  let total: number | null = 0;
  return {
    total: () => total,
    add: async (message: vscode.LanguageModelChatMessage): Promise<number | null> => {
      const count = await Promise.resolve(chat.countTokens(message)).catch(() => null);
      total = count === null || total === null ? null : total + count;
      return count;
    },
  };
}
