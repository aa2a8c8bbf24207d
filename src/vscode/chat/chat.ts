/** Loaded when the chat or a language model asks for the first time. */
import type * as vscode from 'vscode';
import type { ToolName } from '../../protocol/tool-inputs.ts';
import type { Front } from '../front.ts';
import { answer, followUps, type Asked, type Answered } from './participant.ts';
import { prepareTool, runTool } from './tools.ts';

export interface Chat {
  answer(asked: Asked, stream: vscode.ChatResponseStream): Promise<vscode.ChatResult>;
  followUps(answered: Partial<Answered> | undefined): vscode.ChatFollowup[];
  /** Both throw one sentence, which is how a model is told that a tool failed. */
  prepareTool(name: ToolName, input: unknown): Promise<vscode.PreparedToolInvocation>;
  runTool(name: ToolName, input: unknown): Promise<string>;
}

export function createChat(front: Front): Chat {
  return {
    answer: (asked, stream) => answer(front, asked, stream),
    followUps,
    prepareTool: (name, input) => prepareTool(front, name, input),
    runTool: (name, input) => runTool(front, name, input),
  };
}
