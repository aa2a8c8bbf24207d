/** What the panel asks for; each message has been checked before it comes here. */
import * as vscode from 'vscode';
import type { LoopError, LoopService } from '../../app/loop-service.ts';
import type { Result } from '../../base/result.ts';
import type { FromPanel, ToPanel } from '../../protocol/webview.ts';
import { sendDecision } from '../commands/decide.ts';
import type { Front } from '../front.ts';
import { drawLoop } from './panel-loop.ts';

export interface OpenPanel {
  readonly panel: vscode.WebviewPanel;
  taskId: string | null;
  snapshot(): void;
}

const AGENT_COMMAND = {
  terminal: 'openTerminal',
  shell: 'openShell',
  diff: 'showAgentDiff',
  transcript: 'showTranscript',
  worktree: 'openWorktree',
  takeOver: 'takeOver',
  nudge: 'nudgeAgent',
  answer: 'answerStuck',
  reply: 'answerQuestion',
  retry: 'retryAgent',
} as const;

type Asked = Extract<ToPanel, { type: 'failed' }>['what'];

export async function receive(front: Front, entry: OpenPanel, message: FromPanel): Promise<void> {
  switch (message.type) {
    case 'hello':
      return entry.snapshot();
    case 'show':
      entry.taskId = message.taskId;
      return entry.snapshot();
    case 'command':
      await vscode.commands.executeCommand(`cfn.${message.command}`, entry.taskId ?? undefined);
      return;
    case 'start':
      await vscode.commands.executeCommand('cfn.startLoop', { description: message.text });
      return;
    default:
      if (entry.taskId !== null) await ofLoop(front, entry, entry.taskId, message);
  }
}

type OfLoop = Exclude<FromPanel, { type: 'hello' | 'show' | 'command' | 'start' }>;

async function ofLoop(front: Front, entry: OpenPanel, taskId: string, message: OfLoop): Promise<void> {
  const post = (answer: ToPanel): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a webview's has none
    void entry.panel.webview.postMessage(answer);
  };
  /** The loop may have moved on meanwhile: what cannot be done is said where it was asked for. */
  const ask = async <T>(
    what: Asked,
    action: (service: LoopService) => Promise<Result<T, LoopError>>,
  ): Promise<T | undefined> => {
    const opened = await front.loops.service();
    const done = opened.ok ? await action(opened.value) : opened;
    if (done.ok) return done.value;
    front.channel.warn(done.error.message);
    post({ type: 'failed', what, message: done.error.message });
    return undefined;
  };
  switch (message.type) {
    case 'decide':
      return sendDecision(front, taskId, answer(message));
    case 'agent':
      await vscode.commands.executeCommand(`cfn.${AGENT_COMMAND[message.action]}`, {
        taskId,
        agentId: message.agentId,
      });
      return;
    case 'answer': {
      const { agentId, questionId, choice } = message;
      const asked = { taskId, agentId, questionId, ...(choice === null ? {} : { choice }) };
      await vscode.commands.executeCommand('cfn.answerQuestion', asked);
      return;
    }
    case 'handOver':
      await vscode.commands.executeCommand('cfn.showHandOver', { taskId, ...message });
      return;
    case 'feedback':
      await ask('feedback', (service) => service.addFeedback(taskId, lines(message.text)));
      return;
    case 'iteration': {
      const past = await ask('iteration', (service) => service.viewOf(taskId, message.number));
      if (!past) return;
      const around = { trusted: true, store: null, elsewhere: false, survival: null };
      post({ type: 'iteration', number: message.number, loop: drawLoop(past, around, null).loop });
      return;
    }
    case 'breakpoint': {
      const set = new Set(front.loops.view(taskId)?.breakpoints);
      if (message.on) set.add(message.point);
      else set.delete(message.point);
      await ask('breakpoint', (service) =>
        service.setBreakpoints(
          taskId,
          [...set].sort((one, other) => one - other),
        ),
      );
      return;
    }
    case 'held': {
      const point = front.loops.view(taskId)?.held?.point;
      if (point === undefined) return;
      const found = await ask('held', (service) => service.handOver(taskId, { point }));
      const held = found?.parts.findLast((part) => part.sha256 === null);
      if (held) {
        const text = JSON.stringify(JSON.parse(held.text), null, 2);
        post({ type: 'held', point, text, editable: [...(found?.editable ?? [])] });
      }
      return;
    }
    case 'release': {
      const handle = await ask('release', (service) => service.release(taskId, message.edited ?? undefined));
      if (handle) front.loops.adopt(handle);
    }
  }
}

function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** What a person wrote beside the choice: feedback items line by line, or the reason. */
function answer({ decision, text }: Extract<FromPanel, { type: 'decide' }>) {
  const items = lines(text);
  if (items.length === 0) return { decision };
  return decision === 'ITERATE' ? { decision, feedback: items } : { decision, reason: items.join(' ') };
}
