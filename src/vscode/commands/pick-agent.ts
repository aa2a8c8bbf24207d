import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { AgentView, LoopView } from '../../app/projections/loop-view.ts';
import type { Front } from '../front.ts';
import { agentState } from '../words.ts';
import { pickLoop } from './pick-loop.ts';

const argumentSchema = z.union([
  z.object({ taskId: z.string(), agentId: z.string() }),
  z.pipe(
    z.object({ taskId: z.string(), agent: z.object({ id: z.string() }) }),
    z.transform(({ taskId, agent }) => ({ taskId, agentId: agent.id })),
  ),
]);

export interface PickedAgent {
  readonly view: LoopView;
  readonly agent: AgentView;
}

interface Choice {
  readonly title: string;
  readonly filter: (agent: AgentView, view: LoopView) => boolean;
  readonly none: string;
}

function named(front: Front, argument: unknown): PickedAgent | null {
  const parsed = argumentSchema.safeParse(argument);
  if (!parsed.success) return null;
  const view = front.loops.view(parsed.data.taskId);
  // Rows may be older than the loop: the newest view of the agent is what counts.
  const agent = view?.agents.find((each) => each.id === parsed.data.agentId);
  return view && agent ? { view, agent } : null;
}

/** Those of the selected rows that fit, where several rows are selected; else one, as `pickAgent` finds it. */
export async function pickAgents(
  front: Front,
  argument: unknown,
  selected: unknown,
  choice: Choice,
): Promise<readonly PickedAgent[]> {
  if (!Array.isArray(selected) || selected.length < 2) {
    const picked = await pickAgent(front, argument, choice);
    return picked ? [picked] : [];
  }
  const found = selected.flatMap((row: unknown) => named(front, row) ?? []);
  const fitting = new Map(
    found
      .filter(({ agent, view }) => choice.filter(agent, view))
      .map((picked) => [`${picked.view.taskId}/${picked.agent.id}`, picked]),
  );
  if (fitting.size === 0) front.messages.failed({ kind: 'state', message: choice.none });
  return [...fitting.values()];
}

/** The agent a tree row or the panel names, else the person's choice among those that fit. */
export async function pickAgent(
  front: Front,
  argument: unknown,
  choice: Choice,
): Promise<PickedAgent | null> {
  const given = named(front, argument);
  if (given) return given;
  const view = await pickLoop(front, argument, {
    title: choice.title,
    filter: (each) => each.agents.some((agent) => choice.filter(agent, each)),
    none: choice.none,
  });
  if (!view) return null;
  const agents = view.agents.filter((agent) => choice.filter(agent, view));
  if (agents.length === 0) {
    front.messages.failed({ kind: 'state', message: choice.none });
    return null;
  }
  if (agents.length === 1 && agents[0]) return { view, agent: agents[0] };
  const picked = await vscode.window.showQuickPick(
    agents.map((agent) => ({ label: agent.id, description: agentState(agent), agent })),
    { title: choice.title, placeHolder: l10n.t('Which agent?') },
  );
  return picked ? { view, agent: picked.agent } : null;
}
