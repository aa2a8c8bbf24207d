import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import * as z from 'zod';

declare module 'vitest' {
  interface ProvidedContext {
    /** Socket of the process that has the engine; empty where there can be none. */
    engineBroker: string;
  }
}

/** The engine that all tests of a run share. It holds containers of others: count and remove by labels of your own. */
export interface SharedEngine {
  /** For `DOCKER_HOST`. */
  readonly host: string;
}

export const answerSchema = z.union([z.object({ host: z.string() }), z.object({ missing: z.string() })]);
export type EngineAnswer = z.infer<typeof answerSchema>;

/**
 * The engine of this run, started when the first test asks; `cfn-base:local` is there. `null` where none can be had, which
 * is printed with its reason: `describe.skipIf(engine === null)`.
 */
export async function sharedEngine(what: string): Promise<SharedEngine | null> {
  const broker = inject('engineBroker');
  const answer = broker
    ? answerSchema.parse(JSON.parse(await text(connect(broker))))
    : { missing: 'engines of tests are for Linux' };
  if ('host' in answer) return answer;
  process.stderr.write(`[skipped] ${what}: ${answer.missing}\n`);
  return null;
}
