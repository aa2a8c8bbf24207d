import { plural } from '../health/health-report.ts';
import { judged, notApplicable, type Box, type Judgement } from './box.ts';
import type { ComplianceFacts } from './compliance-facts.ts';

export const SECURITY_BOXES: readonly Box[] = [
  {
    id: 'DP-150',
    group: 'Security',
    box: 'Validate all inputs',
    how: 'Settings, results and journal lines are read by schemas; what does not fit is refused with its reason.',
    judge: inputs,
  },
  {
    id: 'DP-151',
    group: 'Security',
    box: 'Use token-based authentication',
    how: 'The store asks for a password that reaches one task alone; each attempt has its own token and nonce.',
    judge: tokens,
  },
  {
    id: 'DP-152',
    group: 'Security',
    box: 'Implement network isolation',
    how: 'The store listens on loopback alone. Agents that run as processes share your network; containers are the wall.',
    judge: network,
  },
  {
    id: 'DP-153',
    group: 'Security',
    box: 'Never hardcode secrets',
    how: 'Keys reach agents by environment alone, and are removed from journal, transcripts and logs.',
    judge: secrets,
  },
  {
    id: 'DP-154',
    group: 'Security',
    box: 'Follow principle of least privilege',
    how: "Agents get the permission to edit, their own preset's key and no other; the state folder is yours alone.",
    judge: privilege,
  },
];

function inputs({ events }: ComplianceFacts): Judgement {
  const exits = events.flatMap((event) => (event.type === 'AgentExited' ? [event.exit] : []));
  const accepted = exits.filter((exit) => exit.result !== null).length;
  const refused = exits.filter((exit) => exit.resultError !== null).length;
  // That the journal could be read at all means that each of its events fits.
  return judged(
    events.length > 0,
    `${plural(events.length, 'journal event')} fit their schema; ${plural(accepted, 'result')} of agents were accepted, ${refused} refused.`,
  );
}

function tokens({ attempts, store }: ComplianceFacts): Judgement {
  const specs = attempts.flatMap(({ spec }) => spec ?? []);
  if (specs.length === 0) return notApplicable('No specification of an attempt is there.');
  const runTokens = new Set(specs.map((spec) => spec.runToken)).size;
  const nonces = new Set(specs.map((spec) => spec.nonce)).size;
  const guard =
    store.kind !== 'answers'
      ? 'the store does not run now'
      : store.guarded
        ? 'the store turned a connection without password away'
        : 'the store answered a connection without password';
  return judged(
    runTokens === specs.length && nonces === specs.length && !(store.kind === 'answers' && !store.guarded),
    `${runTokens} different tokens and ${nonces} different nonces for ${plural(specs.length, 'attempt')}; ${guard}.`,
  );
}

function network({ state, listeners }: ComplianceFacts): Judgement {
  const { runtime } = state.config;
  const places = listeners.map(({ address, port }) => `${address}:${port}`);
  const store =
    places.length === 0 ? 'the store does not listen now' : `the store listens on ${places.join(', ')}`;
  // Nothing keeps a process of yours from the network, so this is never met without a container.
  return judged(false, `The agents ran as "${runtime}" and shared your network; ${store}.`);
}

function secrets({ secrets: looked }: ComplianceFacts): Judgement {
  const where =
    looked.found.length === 0
      ? 'nothing that looks like a key'
      : `something like a key in ${looked.found.join(', ')}`;
  return judged(
    looked.found.length === 0,
    `Looked through ${plural(looked.events, 'journal event')} and ${plural(looked.files, 'changed file')}: ${where}.`,
  );
}

function privilege({ state, attempts, stateFolder }: ComplianceFacts): Judgement {
  const specs = attempts.flatMap(({ spec }) => spec ?? []);
  const full = specs.filter((spec) => spec.permission === 'full').length;
  const mode = stateFolder.mode === null ? 'without mode bits here' : `mode 0${stateFolder.mode.toString(8)}`;
  return judged(
    full === 0 && state.config.permission === 'edits' && (stateFolder.mode ?? 0o700) === 0o700,
    `Permission "${state.config.permission}", ${full} of ${plural(specs.length, 'attempt')} with all approvals bypassed; state folder ${mode}.`,
  );
}
