import { err, ok, type Result } from '../../base/result.ts';
import type { Usage } from '../../domain/loop/model.ts';
import type { ModelAgentEvent, ModelPart } from '../../protocol/model-socket.ts';
import type { Failure, ModelLine, Piece } from './model-line.ts';
import { MODEL_TOOLS, runTool, type ToolPlace } from './tools.ts';

/** Answers with calls of tools before the model is told to come to its end. */
const MOST_ROUNDS = 60;
/** And what it then still gets to see that nothing more is done for it. */
const LAST_ROUNDS = 2;
/** Of what the model can take; the rest is for its last words. */
const FULL = 0.8;

const HOW = `You work by four tools that read: ${MODEL_TOOLS.map(({ name }) => name).join(', ')}. You can run no command and write no file. Where the text below speaks of a command or of a file for your result, look with these tools instead, and end your final message with the fenced json block that it asks for.`;
const LAST = 'No tool answers any more. Give your final message now, with the fenced json block at its end.';

export interface Work {
  readonly prompt: string;
  readonly line: ModelLine;
  readonly place: ToolPlace;
  readonly tell: (event: ModelAgentEvent) => void;
}

type Call = Extract<Piece, { type: 'tool-call' }>;

/** Lets the model look until it gives its final message. */
export async function work({ prompt, line, place, tell }: Work): Promise<Result<void, Failure>> {
  let parts: readonly ModelPart[] = [{ kind: 'text', text: `${HOW}\n\n${prompt}` }];
  let total: Usage | null = null;
  let isFull = false;
  for (let round = 1; round <= MOST_ROUNDS + LAST_ROUNDS; round += 1) {
    const answer = await line.ask(parts, MODEL_TOOLS);
    if (!answer.ok) return answer;
    const { pieces, usage } = answer.value;
    if (usage !== null) {
      total = sum(total, usage);
      isFull = usage.input + usage.output > FULL * line.maxInputTokens;
      tell({ type: 'usage', usage: total });
    }
    const said = pieces.map((piece) => (piece.type === 'text' ? piece.text : '')).join('');
    if (said.trim() !== '') tell({ type: 'said', text: said });
    const calls = pieces.filter((piece): piece is Call => piece.type === 'tool-call');
    if (calls.length === 0) return ok(undefined);
    parts = await answers(calls, { place, tell, isLast: isFull || round >= MOST_ROUNDS });
  }
  return err({ reason: 'failed', message: `The model went on calling tools after ${MOST_ROUNDS} rounds.` });
}

async function answers(
  calls: readonly Call[],
  { place, tell, isLast }: Pick<Work, 'place' | 'tell'> & { readonly isLast: boolean },
): Promise<readonly ModelPart[]> {
  const parts: ModelPart[] = [];
  for (const { callId, name, input } of calls) {
    tell({ type: 'tool', name, detail: detailOf(input) });
    const result = isLast ? err(LAST) : await runTool(place, name, input);
    const text = result.ok ? result.value : result.error;
    tell({ type: 'tool-result', text, isError: !result.ok });
    parts.push({ kind: 'tool-result', callId, text });
  }
  return isLast ? [...parts, { kind: 'text', text: LAST }] : parts;
}

const detailOf = (input: unknown): string =>
  typeof input === 'object' && input !== null
    ? Object.values(input)
        .filter((value) => typeof value === 'string' || typeof value === 'number')
        .join(' ')
        .slice(0, 400)
    : '';

const sum = (before: Usage | null, now: Usage): Usage => ({
  input: (before?.input ?? 0) + now.input,
  cachedInput: (before?.cachedInput ?? 0) + now.cachedInput,
  output: (before?.output ?? 0) + now.output,
});
