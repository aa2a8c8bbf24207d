/** A loop's view for tests of what is made from views. */
import type { LoopConfig } from '../domain/loop/config.ts';
import type { LoopState } from '../domain/loop/state.ts';
import { testConfig, TestLoop } from '../domain/loop/test-loop.ts';
import type { AgentView, LoopView } from './projections/loop-view.ts';
import { toLoopView } from './projections/to-loop-view.ts';

function started(config: LoopConfig): LoopState {
  const loop = new TestLoop();
  loop.send({ kind: 'start', config });
  if (!loop.state) throw new Error('The loop did not start');
  return loop.state;
}

export function testView(change: Partial<LoopView>): LoopView {
  return { ...toLoopView(started({ ...testConfig, description: 'Tidy up' })), agents: [], ...change };
}

export function testAgent(id: string, preset: string): AgentView {
  const crew = testConfig.crew.map((member) =>
    member.role === 'implementer' ? { ...member, id, program: { kind: 'preset', preset } as const } : member,
  );
  const agent = toLoopView(started({ ...testConfig, crew })).agents.find((each) => each.id === id);
  if (!agent) throw new Error(`There is no ${id}`);
  return agent;
}
