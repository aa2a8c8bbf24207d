import { describe, expect, it } from 'vitest';
import { NO_CARE } from '../agents/ladder.ts';
import { workingLoop } from './test-loop.ts';

function working() {
  const { loop, run } = workingLoop();
  const { agentId } = run;
  return {
    loop,
    run,
    slot: () => loop.state?.current?.implementers[0],
    nudge: (text: string, by: 'person' | 'loop' = 'person') =>
      loop.send({ kind: 'nudge-agent', agentId, text, interrupt: by === 'loop', by }),
    suspect: () => loop.send({ kind: 'suspect-agent', agentId, message: 'no output 6:02' }),
    leave: () => loop.send({ kind: 'leave-agent', agentId }),
    stop: (again: boolean) =>
      loop.send({ kind: 'stop-agent', agentId, again, by: 'loop', reason: 'It was stuck.' }),
  };
}

describe('a message for a running agent', () => {
  it('is recorded with a name of its own, and one of the loop counts', () => {
    const { loop, nudge, slot } = working();
    expect(nudge('Hurry')).toBeNull();
    expect(loop.last('AgentNudged')).toMatchObject({ id: '1-1-1', text: 'Hurry', by: 'person' });
    nudge('Wake up', 'loop');
    expect(loop.last('AgentNudged')).toMatchObject({ id: '1-1-2', interrupt: true });
    expect(slot()).toMatchObject({ messages: 2, care: { nudges: 1, askedAt: null } });
  });

  it('is refused where it says nothing, says too much, or nobody runs to hear it', () => {
    const { loop, run, nudge } = working();
    expect(nudge('  ')?.message).toBe('The message has 0 characters; it takes 1 to 10000.');
    expect(nudge('x'.repeat(10_001))?.kind).toBe('input');
    const stranger = { kind: 'nudge-agent', text: 'a', interrupt: false, by: 'person' } as const;
    expect(loop.send({ ...stranger, agentId: 'nobody' })?.message).toContain("one of the loop's crew");
    loop.endAgent(run, { ending: 'completed' });
    expect(nudge('Hurry')?.message).toBe('implementer-1 does not run now; nothing was done.');
    expect(loop.types()).not.toContain('AgentNudged');
  });
});

describe('a suspected agent', () => {
  it('is asked about once, until a person did something', () => {
    const { loop, suspect, nudge, leave, slot } = working();
    suspect();
    suspect();
    expect(loop.types().filter((type) => type === 'AgentSuspected')).toHaveLength(1);
    nudge('And now?');
    expect(slot()?.care.askedAt).toBeNull();
    suspect();
    leave();
    expect(slot()?.care).toEqual({ ...NO_CARE, leftAlone: true });
  });

  it('that is ended counts as failed whatever it said, and starts anew without its past', () => {
    const { loop, run, nudge, suspect, stop, slot } = working();
    nudge('Wake up', 'loop');
    suspect();
    stop(true);
    expect(loop.effects).toEqual([{ ...run, end: true }]);
    expect(stop(true)?.message).toContain('is being ended already');
    loop.endAgent(run, { ending: 'cancelled' });
    expect(loop.last('AgentExited')?.exit).toMatchObject({ ending: 'failed', failure: 'It was stuck.' });
    expect(loop.effects).toEqual([{ ...run, attempt: 2 }]);
    expect(slot()).toMatchObject({ failures: 1, messages: 0, care: NO_CARE, stop: null });
  });

  it('is not started for ever: the loop goes on without it', () => {
    const { loop, run, stop, slot } = working();
    stop(true);
    loop.endAgent(run, { ending: 'cancelled' });
    loop.startAgent({ ...run, attempt: 2 });
    stop(true);
    loop.endAgent({ ...run, attempt: 2 }, { ending: 'cancelled' });
    expect(slot()?.state.kind ?? 'over').not.toBe('pending');
  });
});

it('goes on without an agent that a person stops', () => {
  const { loop, run, stop } = working();
  stop(false);
  loop.endAgent(run, { ending: 'cancelled' });
  expect(loop.state?.current?.implementers[0]?.state).toMatchObject({
    kind: 'settled',
    exit: { ending: 'cancelled' },
  });
  expect(loop.effects).not.toContainEqual(expect.objectContaining({ kind: 'run-agent' }));
});
