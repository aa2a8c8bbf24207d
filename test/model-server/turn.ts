/** What a scripted model is asked and answers, whatever the dialect of the CLI that asks. */
export interface Turn {
  /** All text of the newest user message. */
  readonly prompt: string;
  /** Texts of every user message of the conversation, oldest first. */
  readonly history: readonly string[];
  /** How many tools answered since the newest user message. */
  readonly step: number;
  /** What the newest tool answered. */
  readonly lastToolResult: string;
  /** Names of the tools on offer; none in side requests (titles and the like). */
  readonly tools: readonly string[];
}

export type Step =
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly content: string }
  | { readonly kind: 'shell'; readonly command: string }
  /** A tool of an MCP server, by the name that it has there. */
  | { readonly kind: 'tool'; readonly name: string; readonly input: Readonly<Record<string, unknown>> }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'fail'; readonly status: number; readonly message: string };

export type Script = (turn: Turn) => Step;

/** The nonce of the attempt, as a model would copy it out of its prompt. */
export function nonceIn(prompt: string): string {
  return [...prompt.matchAll(/"nonce":\s*"([^"]+)"/g)].at(-1)?.[1] ?? '';
}

/** A final message that ends with a fenced result. */
export function report(turn: Turn, result: Readonly<Record<string, unknown>>): Step {
  const json = JSON.stringify({ nonce: nonceIn(turn.prompt), ...result }, null, 2);
  return { kind: 'say', text: `Done.\n\n\`\`\`json\n${json}\n\`\`\`\n` };
}

/** One step after the other; the last one says something. */
export function sequence(steps: readonly ((turn: Turn) => Step)[]): Script {
  return (turn) => {
    const step = steps[turn.step] ?? steps.at(-1);
    return step === undefined ? { kind: 'say', text: 'Nothing to do.' } : step(turn);
  };
}

/** A crew for a whole loop: the role is read from the shape of the result that the prompt asks for. */
export function crew(scripts: {
  readonly [role in 'implementer' | 'validator' | 'productOwner']: Script;
}): Script {
  return (turn) => {
    const shape = turn.prompt.slice(turn.prompt.lastIndexOf('"nonce"'));
    if (/"decision":/.test(shape)) return scripts.productOwner(turn);
    return /"score":/.test(shape) ? scripts.validator(turn) : scripts.implementer(turn);
  };
}
