import { expect, it } from 'vitest';
import { silentLogger } from '../../base/logger.ts';
import { LADDER } from '../../domain/agents/ladder.ts';
import type { NudgeReceipt } from '../../domain/agents/signals.ts';
import { SUSPICION } from '../../domain/agents/status.ts';
import { passing, startedLoop } from '../../domain/loop/test-loop.ts';
import type { Nudge } from '../../protocol/attempt.ts';
import { SILENT } from '../projections/test-signals.ts';
import { createAgentCare } from './care.ts';

/** One running agent that says nothing from its start on. */
function silentAgent() {
  const loop = startedLoop();
  while (loop.effects[0]?.kind !== 'run-agent') loop.answer(loop.effects[0]!, { agent: passing });
  loop.startAgent(loop.effects[0]);
  const startedAt = loop.state?.updatedAt ?? 0;
  const time = { now: startedAt };
  const passed: Nudge[] = [];
  let receipts: readonly NudgeReceipt[] = [];
  const care = createAgentCare({
    clock: { now: () => time.now, sleep: () => Promise.resolve() },
    logger: silentLogger,
    watch: { nudge: (_folder, nudge) => Promise.resolve(void passed.push(nudge)) },
    ladder: () => LADDER,
    dispatch: (command) => {
      const before = loop.events.length;
      loop.send(command);
      care.deliver(loop.events.slice(before), loop.state!);
      return Promise.resolve();
    },
  });
  const signals = () => ({ ...SILENT, nudges: receipts });
  return {
    loop,
    passed,
    refuse: () => (receipts = [{ id: '1', at: 0, state: 'refused', why: 'It takes none.' }]),
    after: (seconds: number) => {
      time.now = startedAt + seconds * 1000;
      care.look(loop.state!, { now: time.now, limits: SUSPICION, signals });
      return loop.types().filter((type) => /^Agent(Nudged|Suspected|Stopped)$/.test(type));
    },
  };
}

it('nudges a suspected agent, asks about it, and has it run again, each once it is due', () => {
  const { loop, passed, after } = silentAgent();
  expect(after(119)).toEqual([]);
  expect(after(120)).toEqual(['AgentNudged']);
  expect(passed).toMatchObject([{ interrupt: true }]);
  // The test's events are stamped with the time of its own clock, so the next steps are due at once.
  expect(after(300).length).toBeGreaterThan(1);
  for (let seconds = 360; seconds < 3600; seconds += 60) after(seconds);
  expect(after(3600)).toEqual(['AgentNudged', 'AgentNudged', 'AgentSuspected', 'AgentStopped']);
  expect(loop.last('AgentStopped')?.reason).toContain('no output');
  expect(passed).toHaveLength(2);
});

it('asks at once about an agent that takes no message', () => {
  const { after, refuse } = silentAgent();
  after(120);
  refuse();
  expect(after(125)).toEqual(['AgentNudged', 'AgentSuspected']);
});
