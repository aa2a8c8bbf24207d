import { startedLoop } from '../../src/domain/loop/test-loop.ts';
import type { LoopEvent } from '../../src/domain/loop/events.ts';

/**
 * The events of a loop whose implementers are at work while a person pauses and resumes it again and again,
 * `count` of them in batches of 1,000: each of them is one that the machine accepted.
 */
export function* aLoopOf(count: number): Generator<readonly LoopEvent[]> {
  const loop = startedLoop();
  for (let effect = loop.effects[0]; effect && effect.kind !== 'run-agent'; effect = loop.effects[0])
    loop.answer(effect, { agent: () => ({}) });
  let given = 0;
  while (given < count) {
    while (loop.events.length - given < 1000 && loop.events.length < count) {
      loop.send({ kind: 'pause', now: false });
      loop.send({ kind: 'unpause' });
    }
    const batch = loop.events.slice(given, count);
    if (batch.length === 0) throw new Error('the loop accepts no more commands');
    given += batch.length;
    yield batch;
  }
}
