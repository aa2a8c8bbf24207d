import { isHeld, isOver, type HealthFacts, type LoopFact } from './health-facts.ts';
import { absentText } from '../../domain/worktree/submodules.ts';
import type { WorktreeFault } from '../worktree-care.ts';
import {
  DATABASE_CLOSED,
  plural,
  toCheck,
  type CheckHead,
  type Finding,
  type HealthCheck,
} from './health-report.ts';

const HEADS = {
  repository: {
    id: 'repository',
    title: 'Repository',
    meaning: 'Agents work in worktrees of it; your checkout is never touched.',
  },
  settings: { id: 'settings', title: 'Settings', meaning: 'The file .cfn/config.json of the repository.' },
  stateFolder: {
    id: 'state-folder',
    title: 'State folder',
    meaning: 'Holds journals, transcripts, logs and the store; for you alone (mode 0700).',
  },
  journals: {
    id: 'journals',
    title: 'Journals',
    meaning: 'The truth about every loop, checked line by line.',
  },
  index: {
    id: 'index',
    title: 'Index',
    meaning: 'The SQLite file for queries, asked for SELECT 1; made from the journals.',
  },
  spawns: {
    id: 'spawns',
    title: 'Agent starts',
    meaning: 'Whether the programs of the newest loops could be started.',
  },
  worktrees: {
    id: 'worktrees',
    title: 'Worktrees',
    meaning:
      'Whether each agent’s worktree is where the ledger has it. Only those that we made are looked at.',
  },
  leftovers: {
    id: 'leftovers',
    title: 'Leftovers',
    meaning: 'What the ledger knows of loops that have ended: processes, worktrees, refs.',
  },
} satisfies Readonly<Record<string, CheckHead>>;

/** How many of the newest loops count for starts that failed: an old mistake is none any more. */
const NEWEST = 3;

export function repositoryChecks(facts: HealthFacts): readonly HealthCheck[] {
  return [
    toCheck(HEADS.repository, repository(facts)),
    toCheck(HEADS.settings, settings(facts)),
    toCheck(HEADS.stateFolder, stateFolder(facts)),
    toCheck(HEADS.journals, journals(facts)),
    toCheck(HEADS.index, index(facts)),
    toCheck(HEADS.spawns, spawns(facts)),
    toCheck(HEADS.worktrees, worktrees(facts)),
    toCheck(HEADS.leftovers, leftovers(facts)),
  ];
}

function repository({ repository: found }: HealthFacts): Finding {
  if (found.kind === 'none') {
    return { state: 'skipped', detail: found.message, advice: ['Say --repo DIR to check one.'] };
  }
  if (found.kind === 'unusable') return { state: 'error', detail: found.message };
  const place = `${found.root}, ${found.branch === null ? 'no branch checked out' : `on ${found.branch}`}`;
  if (found.operation === null) {
    const absent = found.absentSubmodules;
    if (absent.length === 0) return { state: 'ok', detail: place };
    return { state: 'warning', detail: place, advice: [absentText(absent)] };
  }
  return {
    state: 'warning',
    detail: `${place}, in the middle of a ${found.operation}`,
    advice: [`Finish or abort the ${found.operation} first: a loop starts from the last commit.`],
  };
}

function settings({ settings: { problem }, repository: found }: HealthFacts): Finding {
  if (problem !== null)
    return { state: 'error', detail: problem, advice: ['Correct the file or remove it.'] };
  return found.kind === 'usable'
    ? { state: 'ok', detail: 'as they should be, or not there' }
    : { state: 'skipped', detail: 'no repository' };
}

function stateFolder({ stateFolder: folder }: HealthFacts): Finding {
  const elsewhere = ['Set CFN_STATE_HOME to a folder of your own that can be written.'];
  if (!folder.writable) {
    return { state: 'error', detail: `${folder.nearest} is not writable`, advice: elsewhere };
  }
  if (!folder.exists) return { state: 'ok', detail: `${folder.path} is made with the first loop` };
  if (folder.mode !== null && folder.mode !== 0o700) {
    const mode = folder.mode.toString(8).padStart(4, '0');
    return {
      state: 'warning',
      detail: `${folder.path} has mode ${mode}, so others may read it`,
      advice: [`chmod 700 ${folder.path}`],
    };
  }
  return { state: 'ok', detail: `${folder.path}${folder.mode === null ? '' : ', mode 0700'}` };
}

function journals({ loops }: HealthFacts): Finding {
  if (loops.length === 0) return { state: 'skipped', detail: 'no loop has run here' };
  const damaged = loops.filter((loop) => loop.damage !== null);
  const events = loops.reduce((sum, loop) => sum + loop.events, 0);
  if (damaged.length === 0) {
    return { state: 'ok', detail: `${plural(loops.length, 'loop')}, ${plural(events, 'event')}, all whole` };
  }
  return {
    state: 'error',
    detail: damaged.map((loop) => `${loop.taskId}: ${loop.damage ?? ''}`).join('; '),
    advice: ['Look for a failing disk. The branches cfn/<task>/… and refs/cfn/<task>/… still hold the work.'],
  };
}

function index({ index: found, loops }: HealthFacts): Finding {
  switch (found.kind) {
    case 'readable':
      return {
        state: 'ok',
        detail: `SELECT 1 answered; ${plural(found.loops, 'loop')}, ${plural(found.events, 'event')}`,
      };
    case 'unreadable':
      return {
        state: 'error',
        detail: `${DATABASE_CLOSED}: ${found.message}`,
        advice: ['Nothing is lost: it is made again from the journals.'],
        fix: 'rebuild-index',
      };
    case 'missing':
      return indexMissing(loops);
  }
}

/** It is written when its writer lets go, so a loop that runs has none yet. */
function indexMissing(loops: readonly LoopFact[]): Finding {
  if (loops.length === 0) return { state: 'skipped', detail: 'made with the first loop' };
  if (loops.some(isHeld)) return { state: 'ok', detail: 'written when the running loop ends' };
  return {
    state: 'warning',
    detail: 'missing, though loops have run',
    advice: ['It is made again from the journals.'],
    fix: 'rebuild-index',
  };
}

function spawns({ loops }: HealthFacts): Finding {
  const newest = loops.toSorted((left, right) => right.updatedAt - left.updatedAt).slice(0, NEWEST);
  const failed = newest.flatMap(({ taskId, failedStarts }) =>
    failedStarts.map((start) => ({ taskId, ...start })),
  );
  const [first] = failed;
  if (loops.length === 0) return { state: 'skipped', detail: 'no loop has run here' };
  if (!first) return { state: 'ok', detail: `none failed in the newest ${plural(newest.length, 'loop')}` };
  return {
    state: 'warning',
    detail: `${plural(failed.length, 'start')} failed; ${first.agentId} of ${first.taskId}: ${first.failure ?? 'no reason known'}`,
    advice: [
      'Program: cfn agents lists the CLIs that were found; exec: needs a program on PATH or its whole path.',
      'Place: the folder that the agent starts in must exist and be writable; cfn status shows each worktree.',
      `Environment: agents see AGENT_ID, AGENT_TIMEOUT, TASK_ID, MODE and what starts with CFN_; ${first.folder} holds spec.json and runner.log.`,
      `Words: cfn logs ${first.taskId} --agent-id ${first.agentId}`,
    ],
  };
}

function worktrees({ worktrees: found }: HealthFacts): Finding {
  if (found === null) return { state: 'skipped', detail: 'none was made yet' };
  if (!found.ok) return { state: 'warning', detail: `could not be looked at: ${found.error}` };
  // Somebody's lock is a wish, not a fault, as long as the folder is there.
  const wrong = found.value.filter(({ condition }) => condition.kind !== 'locked' || !condition.there);
  const texts = (faults: typeof found.value) => faults.map(({ text }) => text).join('; ');
  if (found.value.length === 0) return { state: 'ok', detail: 'all where the ledger has them' };
  if (wrong.length === 0) return { state: 'ok', detail: texts(found.value) };
  const isRepairable = wrong.some(({ repair }) => repair !== null);
  return {
    state: 'warning',
    detail: texts(wrong),
    advice: [...new Set(wrong.flatMap(worktreeAdvice))],
    ...(isRepairable ? { fix: 'repair-worktrees' } : {}),
  };
}

function worktreeAdvice({ condition, path, repair }: WorktreeFault): readonly string[] {
  switch (condition.kind) {
    case 'moved':
      return ['cfn doctor --fix goes on where it is now; git worktree move brings it back.'];
    case 'missing':
      return [
        'Moved to another disk? Run git worktree repair NEW_PLACE in the repository, then cfn doctor --fix.',
        ...(repair === null
          ? []
          : ['Deleted? cfn doctor --fix drops it, and keeps commits that nothing else holds.']),
      ];
    case 'locked':
      return [`Bring the folder back, or run git worktree unlock ${path}.`];
    case 'replaced':
      return [`Look at ${path} and remove what stands there; nothing is written through a link.`];
  }
}

function leftovers({ ledger, loops }: HealthFacts): Finding {
  const open = new Set(loops.filter((loop) => !isOver(loop)).map((loop) => loop.taskId));
  // Entries without a task belong to the repository as a whole.
  const old = ledger.filter(({ entry }) => entry.taskId !== '' && !open.has(entry.taskId));
  if (old.length === 0) return { state: 'ok', detail: 'none' };
  const kinds = ['worktree', 'checkout', 'attempt', 'ref', 'ports'] as const;
  const counts = kinds.flatMap((kind) => {
    const count = old.filter(({ entry }) => entry.kind === kind).length;
    return count === 0 ? [] : [kind === 'ports' ? plural(count, 'port lease') : plural(count, kind)];
  });
  const alive = old.filter((fact) => fact.alive);
  const detail = `of ended loops: ${counts.join(', ')}`;
  if (alive.length > 0) {
    return {
      state: 'warning',
      detail: `${plural(alive.length, 'agent')} of an ended loop still ${alive.length === 1 ? 'runs' : 'run'}; ${detail}`,
      advice: ['They end by themselves at their limit.', 'cfn gc shows what could be removed.'],
    };
  }
  return {
    state: 'ok',
    detail,
    advice: ['cfn gc shows what could be removed; nothing else is ever touched.'],
  };
}
