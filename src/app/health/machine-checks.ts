import { modelNames } from '../../domain/agents/offered-model.ts';
import { placeInRange, rangeText } from '../../domain/agents/versions.ts';
import type { DetectedAgent } from '../../ports/agent-provider.ts';
import { NONE_FOUND } from '../presets.ts';
import { standingWords } from '../agents/account-words.ts';
import { containerChecks } from './container-checks.ts';
import type { HealthFacts } from './health-facts.ts';
import {
  plural,
  sizeText,
  toCheck,
  type CheckHead,
  type Finding,
  type HealthCheck,
} from './health-report.ts';

const LEAST_NODE = 22;
/** Builds and runs, but is not what the tests run on. */
const OLDEST_NODE = 20;
/** Below these a disk fills up within a loop, or at once. */
const LITTLE_BYTES = 1_000_000_000;
const TOO_LITTLE_BYTES = 100_000_000;
/** What one agent CLI needs at least. */
const AGENT_BYTES = 600_000_000;

const HEADS = {
  node: { id: 'node', title: 'Node', meaning: 'Runs cfn, its runners and its store.' },
  git: { id: 'git', title: 'git', meaning: 'Keeps every attempt and merges them without a checkout.' },
  programs: {
    id: 'programs',
    title: 'Programs of CFN Loop',
    meaning: 'The core, the runner around each agent, the coordination store and the command itself.',
  },
  agents: { id: 'agents', title: 'Agents', meaning: 'The agent CLIs that a crew can be made of.' },
  accounts: {
    id: 'accounts',
    title: 'Providers',
    meaning: 'What the accounts of agents at their providers take, over all loops of this machine.',
  },
  disk: { id: 'disk', title: 'Disk', meaning: 'What state and worktrees take, and what is left.' },
  resources: { id: 'resources', title: 'Cores and memory', meaning: 'How many agents this machine carries.' },
} satisfies Readonly<Record<string, CheckHead>>;

export function machineChecks(facts: HealthFacts): readonly HealthCheck[] {
  return [
    toCheck(HEADS.node, node(facts)),
    toCheck(HEADS.git, git(facts)),
    toCheck(HEADS.programs, programs(facts)),
    toCheck(HEADS.agents, agents(facts)),
    toCheck(HEADS.accounts, accounts(facts)),
    ...containerChecks(facts),
    toCheck(HEADS.disk, disk(facts)),
    toCheck(HEADS.resources, resources(facts)),
  ];
}

function node({ node: version }: HealthFacts): Finding {
  const major = Number(version.split('.')[0]);
  if (major >= LEAST_NODE) return { state: 'ok', detail: version };
  const advice = [`Install Node ${LEAST_NODE} or newer and put it first on PATH.`];
  if (major >= OLDEST_NODE) {
    return { state: 'warning', detail: `${version} works, but nothing is tested with it`, advice };
  }
  return { state: 'error', detail: `${version} is too old`, advice };
}

function git({ git: version }: HealthFacts): Finding {
  return version.ok
    ? { state: 'ok', detail: version.value }
    : { state: 'error', detail: version.error, advice: ['Install git 2.38 or newer and put it on PATH.'] };
}

function programs({ programs: all }: HealthFacts): Finding {
  const missing = all.filter((program) => !program.found).map((program) => program.path);
  if (missing.length === 0)
    return { state: 'ok', detail: `All ${all.length} are here, started on first use` };
  return {
    state: 'error',
    detail: `Missing: ${missing.join(', ')}`,
    advice: ['Install CFN Loop again; from a clone: npm ci && npm run build.'],
  };
}

function agents({ agents: found }: HealthFacts): Finding {
  if (!found.ok) return { state: 'error', detail: found.error };
  const here = found.value.filter(({ agent }) => agent.path !== null && agent.id !== 'demo');
  const absent = found.value.flatMap(({ agent }) => agent.missing ?? []);
  if (here.length === 0) {
    return {
      state: 'warning',
      detail: `${NONE_FOUND}; the scripted preset demo works without`,
      advice: [
        ...absent,
        'Install an agent CLI, or give a program of yours: --implementer "exec:./my-agent".',
      ],
    };
  }
  const texts = here.map(({ agent, signIn }) => {
    if (agent.models) return `${agent.id} (${modelNames(agent.models).join(', ')})`;
    const version = agent.version ?? 'version unknown';
    const traces = { key: `key in ${signIn.where ?? ''}`, login: 'signed in', unknown: 'sign-in unknown' };
    return `${agent.id} ${version} (${traces[signIn.kind]})`;
  });
  const unknown = here
    .filter(({ agent, signIn }) => signIn.kind === 'unknown' && !agent.models)
    .map(({ agent }) => agent.id);
  const strangers = here.flatMap(({ agent }) => strangerTo(agent));
  return {
    state: strangers.length === 0 ? 'ok' : 'warning',
    detail: texts.join(', '),
    advice: [
      ...absent,
      ...strangers,
      ...(unknown.length === 0
        ? []
        : [
            `No key and no login file was found for ${unknown.join(', ')}; start it once by hand to be sure.`,
          ]),
    ],
  };
}

function accounts({ accounts: { now, standings } }: HealthFacts): Finding {
  const kept = standings.flatMap((standing) => {
    const words = standingWords(standing, now);
    return words === null ? [] : [{ words, standing }];
  });
  if (kept.length === 0) return { state: 'ok', detail: 'No account is limited' };
  return {
    state: kept.some(({ standing }) => standing.hold?.kind === 'errors') ? 'warning' : 'ok',
    detail: kept.map(({ words }) => words).join('; '),
    advice: kept.map(
      ({ standing }) => `To start agents of ${standing.name} at once: remove ${standing.file}`,
    ),
  };
}

/** A CLI in another version than its preset was verified with: it will probably do, and its flags may have changed. */
function strangerTo({ id, version, verified }: DetectedAgent): readonly string[] {
  if (verified === null || version === null || placeInRange(version, verified) === 'inside') return [];
  return [
    `${id} ${version} was not verified, ${rangeText(verified)} was; cfn agents --verify ${id} looks whether it knows its flags.`,
  ];
}

function disk({ sizes, stateFolder }: HealthFacts): Finding {
  const size = ({ bytes, complete }: typeof sizes.state) => `${complete ? '' : 'over '}${sizeText(bytes)}`;
  const used = `state ${size(sizes.state)}, worktrees ${size(sizes.worktrees)}`;
  const free = stateFolder.freeBytes;
  if (free === null) return { state: 'ok', detail: used };
  const detail = `${used}, ${sizeText(free)} free`;
  const advice = ['Make room, or remove what ended loops left: cfn gc shows it and asks first.'];
  if (free < TOO_LITTLE_BYTES) return { state: 'error', detail, advice };
  return free < LITTLE_BYTES ? { state: 'warning', detail, advice } : { state: 'ok', detail };
}

function resources({ resources: found }: HealthFacts): Finding {
  const load = found.load === null ? '' : `, load ${found.load.toFixed(1)}`;
  const detail = `${plural(found.cores, 'core')}${load}, ${sizeText(found.freeBytes)} of ${sizeText(found.totalBytes)} free`;
  return found.freeBytes >= AGENT_BYTES
    ? { state: 'ok', detail }
    : {
        state: 'warning',
        detail,
        advice: ['One agent CLI needs about 600 MB; close something, or use --max-parallel-agents 1.'],
      };
}
