import { plural } from '../health/health-report.ts';
import { completionOf, keyWrites } from '../projections/coordination-keys.ts';
import { keys } from '../../protocol/keys.ts';
import { judged, notApplicable, type Box, type Judgement } from './box.ts';
import type { ComplianceFacts } from './compliance-facts.ts';

const GONE = 'The folders of the attempts are not there any more.';

export const DEFENSIVE_BOXES: readonly Box[] = [
  {
    id: 'DP-140',
    group: 'Defensive',
    box: 'Check file existence AND size before reading',
    how: 'An attempt is done when its result record exists whole; an empty or oversized file counts as none.',
    judge: records,
  },
  {
    id: 'DP-141',
    group: 'Defensive',
    box: 'Provide defaults for all variables',
    how: 'The start journals every setting with a value, and each attempt gets a complete specification.',
    judge: defaults,
  },
  {
    id: 'DP-142',
    group: 'Defensive',
    box: 'Use process groups for background tasks',
    how: 'A runner starts each agent in a group of its own and ends the whole tree.',
    judge: processGroups,
  },
  {
    id: 'DP-143',
    group: 'Defensive',
    box: 'Implement timeouts with fallbacks',
    how: 'Each attempt has an idle and a total limit; one that ran into it is tried again or becomes feedback.',
    judge: timeouts,
  },
  {
    id: 'DP-144',
    group: 'Defensive',
    box: 'Guarantee Redis key creation in all paths',
    how: 'Every ending writes its keys, with 0.0 and ABORT where a vote is missing; no key is without an end.',
    judge: keysInAllPaths,
  },
];

function records({ attempts }: ComplianceFacts): Judgement {
  const ended = attempts.filter(({ exit, look }) => exit !== null && exit.ending !== 'lost' && look !== null);
  if (ended.length === 0) return notApplicable(attempts.length === 0 ? 'No agent has run.' : GONE);
  const sizes = ended.map(({ look }) => look?.recordBytes ?? 0);
  const whole = sizes.filter((bytes) => bytes > 0);
  const smallest = whole.length === 0 ? '' : `, the smallest of ${Math.min(...whole)} bytes`;
  return judged(
    whole.length === ended.length,
    `${whole.length} of ${plural(ended.length, 'result record')} exist with content${smallest}.`,
  );
}

function defaults({ state, attempts }: ComplianceFacts): Judgement {
  const values = Object.values(state.config);
  const missing = values.filter((value) => value === undefined).length;
  const kept = attempts.filter(({ look }) => look !== null);
  const complete = kept.filter(({ spec }) => spec !== null).length;
  return judged(
    missing === 0 && complete === kept.length,
    `${values.length - missing} of ${values.length} settings have a value in the journal; ${complete} of ${plural(kept.length, 'specification')} are complete.`,
  );
}

function processGroups({ attempts }: ComplianceFacts): Judgement {
  const started = attempts.filter(({ look }) => look?.agent != null && look.runner !== null);
  if (started.length === 0) return notApplicable(attempts.length === 0 ? 'No agent has run.' : GONE);
  const alone = started.filter(({ look }) => look?.agent?.pid !== look?.runner?.pid).length;
  const living = started.filter(({ look }) => look?.agent?.alive === true);
  const shared = living.filter(({ look }) => look?.agent?.ownGroup === false).length;
  const strays = living.filter(({ exit }) => exit !== null).length;
  const now =
    living.length === 0
      ? 'none is alive now'
      : `${living.length} alive now, ${living.length - shared} of them in a group of its own and ${strays} after its end`;
  return judged(
    alone === started.length && shared === 0 && strays === 0,
    `${alone} of ${plural(started.length, 'agent')} ran under a runner; ${now}.`,
  );
}

function timeouts({ attempts, events }: ComplianceFacts): Judgement {
  const specs = attempts.flatMap(({ spec }) => spec ?? []);
  if (specs.length === 0) return notApplicable(attempts.length === 0 ? 'No agent has run.' : GONE);
  const longest = Math.max(...specs.map(({ limits }) => limits.totalMs)) / 1000;
  const over = events.filter(
    (event) => event.type === 'AgentExited' && ['timeout', 'idle'].includes(event.exit.ending),
  );
  const last = events.at(-1);
  const stuck = over.filter((event) => event === last).length;
  const reached =
    over.length === 0
      ? 'none was reached'
      : `${over.length} ran into one, and the loop went on after ${over.length - stuck}`;
  return judged(
    stuck === 0 && specs.every(({ limits }) => limits.idleMs > 0 && limits.totalMs > 0),
    `${plural(specs.length, 'attempt')} with limits of at most ${longest} s; ${reached}.`,
  );
}

function keysInAllPaths(facts: ComplianceFacts): Judgement {
  const { state, events } = facts;
  const { taskId } = state.config;
  const exits = events.flatMap((event) => (event.type === 'AgentExited' ? [event] : []));
  if (exits.length === 0) return notApplicable('No agent has ended yet.');
  const complete = exits.filter((event) => {
    const names = new Set(keyWrites(event, state.config).map((write) => write.key));
    const { agentId } = event.exit;
    const wanted = [keys.agentResult(taskId, agentId).name, keys.confidence(taskId, agentId).name];
    return wanted.every((name) => names.has(name)) && completionOf(event) !== null;
  }).length;
  const computed = `${complete} of ${plural(exits.length, 'ending')} give a result, a confidence and a completion`;
  if (facts.keys === null)
    return judged(
      complete === exits.length,
      `${computed}; the store does not run now, so none was read back.`,
    );
  const names = new Set(facts.keys.map(({ name }) => name));
  const endless = facts.keys.filter(({ ttlSeconds }) => ttlSeconds === null).length;
  const absent = exits.filter(({ exit }) => !names.has(keys.agentResult(taskId, exit.agentId).name)).length;
  // A store that was started anew is empty; it is filled again by whoever holds the loop.
  const lost = facts.held ? absent : 0;
  return judged(
    complete === exits.length && endless === 0 && lost === 0,
    `${computed}; the store holds ${plural(names.size, 'key')} of this loop, ${endless} without an end.`,
  );
}
