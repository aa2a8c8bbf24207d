import type { EventBody } from '../../domain/loop/events.ts';

/*
 * What each event changes in the index, as SQL over the event's own JSON. Parameters: $task, $seq, $iteration,
 * $at (epoch ms), $correlation and $body. Each event is applied once, in order, together with its row in `events`.
 */
const get = (path: string): string => `json_extract($body, '$.${path}')`;
const item = (path: string): string => `json_extract(item.value, '$.${path}')`;
const TIME = "strftime('%Y-%m-%dT%H:%M:%SZ', $at / 1000, 'unixepoch')";

export const RECORD_EVENT = `INSERT OR IGNORE INTO events (task_id, seq, type, iteration, at, correlation, body)
  VALUES ($task, $seq, ${get('type')}, $iteration, $at, $correlation, $body)`;

export const TOUCH_LOOP = 'UPDATE loops SET iteration = $iteration, updated_at = $at WHERE task_id = $task';

const audit = (actor: string, detail: string): string =>
  `INSERT INTO audit_logs (task_id, seq, operation, actor, correlation, detail, created_at)
   VALUES ($task, $seq, ${get('type')}, ${actor}, $correlation, ${detail}, ${TIME})`;

const step = (name: string, condition = 'true'): string =>
  `UPDATE loops SET step = '${name}' WHERE task_id = $task AND ${condition}`;

const facts = (agentId: string): string =>
  `INSERT INTO evidence (task_id, seq, fact, iteration, agent_id, run, commit_id, command, status, passed, failed,
     skipped, pass_rate, baseline, protected_files)
   SELECT $task, $seq, item.key, $iteration, ${agentId}, ${item('run')}, ${item('commit')}, ${item('command')},
     ${item('status')}, ${item('passed')}, ${item('failed')}, ${item('skipped')}, ${item('passRate')},
     ${item('baseline')}, ${item('protectedFilesChanged')}
   FROM json_each($body, '$.facts') AS item`;

const decision = (kind: string, by: string): string =>
  `INSERT INTO decisions (task_id, seq, iteration, at, kind, decision, decided_by, reason, defaulted, feedback, deferred)
   VALUES ($task, $seq, $iteration, $at, '${kind}', ${get('decision')}, ${by}, ${get('reason')}, ${get('defaulted')},
     ${get('feedback')}, ${get('deferred')})`;

const exit = (path: string): string => get(`exit.${path}`);

export const PROJECTIONS: Readonly<Partial<Record<EventBody['type'], readonly string[]>>> = {
  LoopStarted: [
    `INSERT INTO loops (task_id, description, mode, strategy, base_commit, gate_threshold, consensus_threshold,
       max_iterations, started_at, updated_at)
     VALUES ($task, ${get('config.description')}, ${get('config.mode')}, ${get('config.strategy')},
       ${get('config.baseCommit')}, ${get('config.gateThreshold')}, ${get('config.consensusThreshold')},
       ${get('config.maxIterations')}, $at, $at)`,
    audit('NULL', get('config')),
  ],
  BaseEstablished: [facts('NULL')],
  IterationStarted: [
    `INSERT INTO iterations (task_id, iteration, started_at, start_commit, feedback)
     VALUES ($task, ${get('number')}, $at, ${get('start')}, ${get('feedback')})`,
    step('implement'),
  ],
  TransferPointWritten: [
    `INSERT INTO transfer_points (task_id, seq, iteration, at, point, part, key, sha256, verified)
     VALUES ($task, $seq, $iteration, $at, ${get('point')}, ${get('part')}, ${get('key')}, ${get('sha256')},
       ${get('verified')})`,
    audit('NULL', get('key')),
  ],
  AgentStarted: [
    `INSERT INTO attempts (task_id, iteration, agent_id, attempt, role, pid, worktree, branch, folder, started_at)
     VALUES ($task, $iteration, ${get('agentId')}, ${get('attempt')}, ${get('role')}, ${get('pid')},
       ${get('worktree')}, ${get('branch')}, ${get('folder')}, $at)
     ON CONFLICT DO UPDATE SET pid = excluded.pid`,
  ],
  AgentExited: [
    `INSERT INTO attempts (task_id, iteration, agent_id, attempt, role, folder, ended_at, ending, lingered, exit_code,
       defaulted, confidence, score, decision, summary, failure, commit_id, input_tokens, cached_input_tokens,
       output_tokens, cost_usd)
     VALUES ($task, $iteration, ${exit('agentId')}, ${exit('attempt')}, ${exit('role')}, ${exit('folder')}, $at,
       ${exit('ending')}, ${exit('lingered')}, ${exit('exitCode')}, ${exit('result')} IS NULL,
       ${exit('result.confidence')}, ${exit('result.score')}, ${exit('result.decision')}, ${exit('result.summary')},
       coalesce(${exit('failure')}, ${exit('resultError')}), ${exit('commit')}, ${exit('usage.input')},
       ${exit('usage.cachedInput')}, ${exit('usage.output')}, ${exit('costUsd')})
     ON CONFLICT DO UPDATE SET ended_at = excluded.ended_at, ending = excluded.ending, lingered = excluded.lingered,
       exit_code = excluded.exit_code, defaulted = excluded.defaulted, confidence = excluded.confidence,
       score = excluded.score, decision = excluded.decision, summary = excluded.summary, failure = excluded.failure,
       commit_id = excluded.commit_id, input_tokens = excluded.input_tokens,
       cached_input_tokens = excluded.cached_input_tokens, output_tokens = excluded.output_tokens,
       cost_usd = excluded.cost_usd`,
    `INSERT OR REPLACE INTO artifacts (task_id, iteration, agent_id, attempt, path, commit_id, added, removed)
     SELECT $task, $iteration, ${exit('agentId')}, ${exit('attempt')}, ${item('path')}, ${exit('commit')},
       ${item('added')}, ${item('removed')}
     FROM json_each($body, '$.exit.files') AS item`,
  ],
  OutsideChanged: [audit('NULL', get('changes'))],
  CandidateJudged: [facts(get('agentId'))],
  Integrated: [
    `UPDATE iterations SET integrated_commit = ${get('commit')}, conflicts = ${get('conflicts')}
     WHERE task_id = $task AND iteration = $iteration`,
    step('gate'),
  ],
  EvidenceJudged: [facts('NULL')],
  GateChecked: [
    `UPDATE iterations SET gate_passed = ${get('passed')}, gate_threshold = ${get('threshold')},
       confidence = ${get('actualConfidence')}, evidence = ${get('evidence')}, gate_reasons = ${get('reasons')}
     WHERE task_id = $task AND iteration = $iteration`,
    step('validate', get('passed')),
  ],
  ConsensusChecked: [
    `UPDATE iterations SET consensus_passed = ${get('passed')}, consensus_threshold = ${get('threshold')},
       consensus_score = ${get('score')}, vetoes = ${get('vetoes')}, dissent = ${get('dissent')}
     WHERE task_id = $task AND iteration = $iteration`,
    `INSERT OR REPLACE INTO votes (task_id, iteration, agent_id, score)
     SELECT $task, $iteration, ${item('agentId')}, ${item('score')} FROM json_each($body, '$.votes') AS item`,
    `INSERT INTO findings (task_id, seq, finding, iteration, agent_id, severity, text, file, line, proof)
     SELECT $task, $seq, item.key, $iteration, ${item('by')}, ${item('severity')}, ${item('text')}, ${item('file')},
       ${item('line')}, ${item('proof')}
     FROM json_each($body, '$.findings') AS item`,
    step('decide', get('passed')),
  ],
  Recommended: [decision('recommended', get('agentId'))],
  DecisionMade: [
    decision('made', get('by')),
    `UPDATE iterations SET decision = ${get('decision')} WHERE task_id = $task AND iteration = $iteration`,
    `INSERT INTO approval_history (agent_id, decision, metadata, created_at)
     VALUES (${get('by')}, ${get('decision')},
       json_object('taskId', $task, 'iteration', $iteration, 'reason', ${get('reason')}), ${TIME})`,
    audit(get('by'), get('decision')),
  ],
  FeedbackAdded: [audit("'person'", get('items'))],
  ReviewSent: [audit("'person'", get('items'))],
  QuestionAsked: [audit(get('agentId'), get('question.text'))],
  QuestionAnswered: [audit("'person'", get('answer'))],
  FilesConfirmed: [audit("'person'", get('files'))],
  LoopWaiting: [`UPDATE loops SET waiting_for = ${get('for')} WHERE task_id = $task`],
  WaitEnded: ['UPDATE loops SET waiting_for = NULL WHERE task_id = $task', audit("'person'", get('reason'))],
  LoopPaused: ['UPDATE loops SET paused = 1 WHERE task_id = $task'],
  LoopResumed: ['UPDATE loops SET paused = 0 WHERE task_id = $task'],
  LoopFinished: [
    `UPDATE loops SET step = 'done', waiting_for = NULL, paused = 0, outcome = ${get('outcome')},
       stop_reason = ${get('stopReason')}, branch = ${get('branch')}, commit_id = ${get('commit')},
       merged_to_main = ${get('mergedToMain')}, ended_at = $at
     WHERE task_id = $task`,
    audit('NULL', get('outcome')),
  ],
};
