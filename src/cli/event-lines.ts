import { plural } from '../app/health/health-report.ts';
import { leftOutNote } from '../domain/worktree/submodules.ts';
import { printable } from './io.ts';
import { questionLine } from './question-lines.ts';

/** A public event as the contract describes it, read leniently: a missing field shows as nothing. */
export type PublicEvent = Readonly<Record<string, unknown>>;

const text = (event: PublicEvent, key: string): string => {
  const value = event[key];
  return typeof value === 'string' || typeof value === 'number' ? printable(String(value)) : '';
};
const list = (event: PublicEvent, key: string): readonly string[] => {
  const value = event[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string').map(printable) : [];
};
const number = (event: PublicEvent, key: string): string => {
  const value = event[key];
  return typeof value === 'number' ? value.toFixed(2) : '–';
};
const short = (event: PublicEvent, key: string): string => text(event, key).slice(0, 10);

const PROBE_CAME_TO: ReadonlyMap<string, string> = new Map([
  ['found', 'found a fault that was seeded for it'],
  ['missed', 'missed a fault that was seeded for it: its vote is lost'],
  ['void', 'could not be looked into by a seeded fault, which counts for nothing'],
]);

const CLAIM_CAME_TO: ReadonlyMap<string, string> = new Map([
  ['proven', 'fails: proven'],
  ['refuted', 'passes: refuted'],
  ['unusable', 'could not be run'],
]);

const DESCRIBE: Readonly<Record<string, (event: PublicEvent) => string>> = {
  LoopStarted: (event) =>
    `${text(event, 'taskId')} started: ${text(event, 'mode')}, gate ${number(event, 'gateThreshold')}, consensus ${number(event, 'consensusThreshold')}, at most ${text(event, 'maxIterations')} iterations, base ${short(event, 'baseCommit')}`,
  LoopQueued: () => 'queued: it begins once no other loop is at work on this machine',
  LoopDequeued: (event) =>
    event['by'] === 'person' ? 'begins now, out of turn' : 'its turn has come; it begins',
  TransferPoint: (event) =>
    `transfer point ${text(event, 'point')} ${event['verified'] === true ? 'verified' : 'NOT verified'} (${text(event, 'key')})`,
  AgentStarted: (event) =>
    `${text(event, 'agentId')} started (${text(event, 'role')}, attempt ${text(event, 'attempt')})`,
  AgentExited: agentExited,
  Integrated: (event) => {
    const conflicts = Array.isArray(event['conflicts']) ? event['conflicts'].length : 0;
    const from = list(event, 'agents').join(', ') || 'nobody';
    return `integrated ${short(event, 'commit')} from ${from}${conflicts > 0 ? `, ${conflicts} in conflict` : ''}`;
  },
  EvidenceCollected: (event) =>
    `evidence (${text(event, 'run')}) ${text(event, 'status')}: ${text(event, 'command')}, ${text(event, 'passed')} passed, ${text(event, 'failed')} failed, ${text(event, 'skipped')} skipped`,
  GateChecked: (event) =>
    `gate ${event['passed'] === true ? 'PASSED' : 'FAILED'}: confidence ${number(event, 'actualConfidence')} of ${number(event, 'threshold')}, evidence ${text(event, 'evidence')}${because([...list(event, 'reasons'), ...list(event, 'notes')])}`,
  ConsensusChecked: (event) => {
    const vetoes = list(event, 'vetoes');
    const stopped = vetoes.length > 0 ? `, stopped by what ${vetoes.join(', ')} proved` : '';
    return `consensus ${event['passed'] === true ? 'PASSED' : 'FAILED'}: ${number(event, 'score')} of ${number(event, 'threshold')}${stopped}`;
  },
  ProbeJudged: (event) => `${text(event, 'agentId')} ${PROBE_CAME_TO.get(text(event, 'outcome')) ?? ''}`,
  ClaimJudged: (event) => {
    const came = CLAIM_CAME_TO.get(text(event, 'outcome')) ?? '';
    return `the proof of ${text(event, 'agentId')}, ${text(event, 'command')}, ${came}`;
  },
  DecisionMade: (event) =>
    `decision ${text(event, 'decision')} by ${text(event, 'by')}${because([text(event, 'reason')])}${event['defaulted'] === true ? ' (no valid answer)' : ''}`,
  StallNoticed: (event) => `no progress, ${text(event, 'stall')}: ${text(event, 'message')}`,
  ReviewSent: (event) => {
    const count = Array.isArray(event['items']) ? event['items'].length : 0;
    return `review of iteration ${text(event, 'reviewed')}: ${plural(count, 'item')} for the next one`;
  },
  BudgetWarned: (event) =>
    `budget nearly spent: $${number(event, 'spentUsd')} of $${number(event, 'budgetUsd')}`,
  DayBudgetReached: (event) =>
    `budget of the day reached: $${number(event, 'spentUsd')} of $${number(event, 'budgetUsd')} on ${text(event, 'day')}`,
  DayBudgetFreed: () => 'the budget of the day has room again',
  LoopFaulted: (event) => `stopped by a fault: ${text(event, 'message')}`,
  LoopTakenUp: () => 'taken up again after a fault',
  LoopWaiting: (event) =>
    event['for'] === 'question' ? asks(event) : `waiting for a person (${text(event, 'for')})`,
  LoopPaused: (event) => `paused${because([text(event, 'for')])}`,
  LoopResumed: (event) => (event['for'] === 'question' ? answered(event) : 'going on'),
  LoopFinished: loopFinished,
};

/** One line for a person, without a line end. */
export function eventLine(event: PublicEvent): string {
  const at = text(event, 'at');
  const time = /T(\d{2}:\d{2}:\d{2})/.exec(at)?.[1] ?? at;
  const describe = DESCRIBE[text(event, 'type')];
  return `${time} it ${text(event, 'iteration')}  ${describe ? describe(event) : text(event, 'type')}`;
}

const asks = (event: PublicEvent): string =>
  questionLine({
    taskId: text(event, 'taskId'),
    agentId: text(event, 'agentId'),
    id: text(event, 'questionId'),
    text: text(event, 'question'),
    choices: list(event, 'choices'),
  });

const answered = (event: PublicEvent): string =>
  event['answer'] === null
    ? `${text(event, 'agentId')} waits for no answer any more`
    : `${text(event, 'agentId')} got an answer: ${text(event, 'answer')}`;

function agentExited(event: PublicEvent): string {
  const claims = ['confidence', 'score', 'decision']
    .filter((key) => event[key] !== undefined && event[key] !== null)
    .map((key) => `, ${key} ${key === 'decision' ? text(event, key) : number(event, key)}`);
  const leftOut = list(event, 'leftOut');
  const notes = [
    event['defaulted'] === true ? 'no vote' : '',
    event['lingered'] === true ? 'had to be ended' : '',
    ...(leftOut.length > 0 ? [leftOutNote(leftOut)] : []),
  ].filter((note) => note !== '');
  return `${text(event, 'agentId')} ${text(event, 'ending')}${claims.join('')}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}${because([text(event, 'failure')])}`;
}

function loopFinished(event: PublicEvent): string {
  const iterations = text(event, 'iterations');
  const branch = text(event, 'branch');
  const place = `${branch} (${short(event, 'commit')})`;
  const passed = event['outcome'] === 'PROCEED';
  const merge =
    event['mergedToMain'] === true ? '' : `, bring it home with: cfn merge ${text(event, 'taskId')}`;
  const result = passed ? `; the result is ${place}${merge}` : `; its work is kept in ${place}`;
  return `${text(event, 'outcome')} after ${iterations} iteration${iterations === '1' ? '' : 's'}${because([text(event, 'stopReason')])}${branch ? result : ''}`;
}

function because(reasons: readonly string[]): string {
  const said = reasons.filter((reason) => reason !== '');
  return said.length > 0 ? `: ${said.join(' ')}` : '';
}
