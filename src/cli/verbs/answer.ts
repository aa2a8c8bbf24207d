import { pickQuestion, type NamedQuestion } from '../../app/agents/pick-question.ts';
import { parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { EXIT, refuse, type Exit } from '../io.ts';
import { loopIdCommand, pickLoop, readLoopArguments } from '../pick-loop.ts';
import { wordsOf } from './steps.ts';

/** `cfn answer TASK_ID TEXT`: to what an agent asked with `cfn ask`. */
export async function runAnswer(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopIdCommand('answer', 'Answer what an agent asks; it goes on with the answer.')
    .argument('[text...]', 'the answer, in the words of a choice or your own')
    .option('--agent <id>', 'who asks (default: the only one)')
    .option('--question <id>', 'which question (default: the only one)');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const { taskId, words } = wordsOf(command);
  const asked = await readLoopArguments(command, io, taskId);
  if (!asked.ok) return refuse(io, asked.error);
  const text = words.join(' ').trim();
  if (text === '') return refuse(io, 'The answer is empty; cfn answer takes TASK_ID and a text.');
  const flags = command.opts<{ agent?: string; question?: string }>();
  const named: NamedQuestion = { agentId: flags.agent, questionId: flags.question };
  return withRepository(context, asked.value.folder, async (service) => {
    const view = await pickLoop(service, asked.value.taskId);
    if (!view.ok) return failed(io, view.error);
    const question = pickQuestion(view.value, named);
    if (!question.ok) return refuse(io, question.error);
    const { agentId, id: questionId } = question.value;
    const done = await service.answerQuestion(view.value.taskId, { agentId, questionId }, text);
    if (!done.ok) return failed(io, done.error);
    io.stdout.write(`${agentId} of ${view.value.taskId} gets the answer.\n`);
    return EXIT.proceed;
  });
}
