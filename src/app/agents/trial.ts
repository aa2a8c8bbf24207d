import { err, ok, type Result } from '../../base/result.ts';
import type { LoopService, LoopHandle } from '../loop-service.ts';
import type { AgentView, LoopView } from '../projections/loop-view.ts';
import { ageText, usdText } from '../projections/status-words.ts';
import { resolveStartRequest } from '../resolve-start.ts';
import type { StartRequest } from '../start-request.ts';

/** What came of one small task that a preset was given. */
export interface AgentTrial {
  readonly preset: string;
  /** It did the task, as evidence says, and its result could be read. */
  readonly passed: boolean;
  /** One sentence for people. */
  readonly message: string;
  /** Of the agent alone. */
  readonly durationMs: number;
  /** Null: the CLI tells no price. */
  readonly costUsd: number | null;
  /** In and out together; null: the CLI tells none. */
  readonly tokens: number | null;
}

/** The file that the task is about; it says something else at the start. */
export const TRIAL_FILES: Readonly<Record<string, string>> = { 'greeting.txt': 'goodbye\n' };

const TASK =
  'The file greeting.txt holds one word. Replace it by the word hello. Change nothing else, and look at nothing else.';
/** Git is what every machine with a loop has. */
const EVIDENCE = 'git grep --no-index -q -e hello -- greeting.txt';
const AGENT = 'trial';
const LIMIT_S = 300;

/** The loop that tries a preset: it does the work, everybody else is scripted and costs nothing. */
export function trialRequest(preset: string, folder: string): Result<StartRequest, string> {
  return resolveStartRequest({
    folder,
    taskId: null,
    description: TASK,
    requirements: [],
    acceptance: [],
    foundPresets: [],
    layers: [
      {
        label: (name) => name,
        settings: {
          mode: 'mvp',
          iterations: 1,
          maxAgentRuns: 4,
          agents: [`${AGENT}=${preset}`],
          validators: ['demo'],
          productOwner: 'demo',
          evidence: [EVIDENCE],
          timeout: LIMIT_S,
        },
      },
    ],
  });
}

/** Runs the loop until its gate has judged, or ended otherwise; once `signal` aborts, its agents are ended first. */
export async function runTrial(
  service: Pick<LoopService, 'plan' | 'start' | 'stop'>,
  request: StartRequest,
  signal: AbortSignal,
): Promise<Result<LoopView, string>> {
  const plan = await service.plan(request);
  if (!plan.ok) return err(plan.error.message);
  if (signal.aborted) return err('It was cancelled.');
  const started = await service.start(plan.value);
  if (!started.ok) return err(started.error.message);
  const handle = started.value;
  const ended = await Promise.race([handle.ended({ keepWaiting: false, signal }), judged(handle)]);
  if (ended?.kind !== 'finished') {
    // Reviews would tell nothing of the preset, nobody answers a question here, and what was cancelled may still run.
    const stopped = await service.stop(handle.taskId);
    if (stopped.ok) await handle.ended({ keepWaiting: true });
  }
  return signal.aborted ? err('It was cancelled.') : ok(handle.view());
}

const judged = (handle: LoopHandle): Promise<null> =>
  new Promise((resolve) => {
    const listening = handle.onPublicEvent((event) => {
      if (event['type'] !== 'GateChecked') return;
      listening.dispose();
      resolve(null);
    });
  });

/** What the loop says about the preset. */
export function judgeTrial(preset: string, view: LoopView): AgentTrial {
  const agent = view.agents.find(({ id }) => id === AGENT);
  const measured = { preset, ...(agent ? figuresOf(agent) : { durationMs: 0, costUsd: null, tokens: null }) };
  if (agent?.ending === 'completed' && agent.confidence !== null && view.gate?.evidence === 'passed') {
    const message = `${preset} did a small task and reported it with confidence ${agent.confidence.toFixed(2)}.`;
    return { ...measured, passed: true, message };
  }
  return { ...measured, passed: false, message: `${preset} did not do a small task: ${whyNot(view, agent)}` };
}

const figuresOf = ({ startedAt, endedAt, costUsd, usage }: AgentView) => ({
  durationMs: startedAt === null || endedAt === null ? 0 : endedAt - startedAt,
  costUsd,
  tokens: usage === null ? null : usage.input + usage.output,
});

function whyNot(view: LoopView, agent: AgentView | undefined): string {
  if (agent?.ending === undefined || agent.ending === null) {
    return view.waiting?.message ?? view.stopReason ?? 'it was not started.';
  }
  if (agent.ending !== 'completed') return `it ended as "${agent.ending}". ${agent.summary}`.trim();
  if (agent.confidence === null) return `its result could not be read. ${agent.summary}`.trim();
  return view.gate?.reasons.join(' ') || (view.stopReason ?? 'the evidence did not pass.');
}

/** `12 s, 1234 tokens, $0.01` */
export const trialFigures = ({ durationMs, tokens, costUsd }: AgentTrial): string =>
  [ageText(durationMs), tokens === null ? '' : `${tokens} tokens`, usdText(costUsd)]
    .filter((figure) => figure !== '')
    .join(', ');
