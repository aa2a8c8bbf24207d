import type { CliContext } from '../context.ts';
import type { Exit } from '../io.ts';
import { loopIdCommand } from '../pick-loop.ts';
import { control } from './control.ts';
import { wordsOf } from './steps.ts';

/** `cfn nudge TASK_ID AGENT_ID [TEXT]` */
export function runNudge(argv: readonly string[], context: CliContext): Promise<Exit> {
  const command = loopIdCommand('nudge', 'Say something to a running agent, at once where it seems stuck.')
    .argument('[agentId]', 'the agent')
    .argument('[text...]', 'what to say (default: that it showed no sign of work)');
  const words = () => wordsOf(command).words;
  const text = () => words().slice(1).join(' ');
  return control(command, argv, context, {
    positional: () => wordsOf(command).taskId,
    check: () =>
      words()[0] === undefined ? 'No agent is named; cfn nudge takes TASK_ID and AGENT_ID.' : null,
    act: (service, taskId) => {
      const agentId = words()[0] ?? '';
      return text() === '' ? service.nudge(taskId, agentId) : service.nudge(taskId, agentId, text());
    },
    done: (taskId) =>
      `${words()[0]} of ${taskId} gets the message, as far as its CLI takes one; cfn status tells.`,
  });
}
