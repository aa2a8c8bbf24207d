/**
 * The files by which the loop and a runner speak. One folder per attempt, mode 0700, outside the worktree:
 *
 *   spec.json        AttemptSpec, written by the orchestrator before the runner starts (0600)
 *   prompt.md        the full prompt                      (CFN_PROMPT_FILE)
 *   context.json     the context of the seeds             (CFN_CONTEXT_FILE)
 *   mcp.json         the attempt's MCP server, for CLIs that read such a file (0600); gone once the agent is
 *   server-secrets.json  what a person's MCP servers are given (0600); gone before the agent starts
 *   out/             writable by the agent
 *   out/result.json  the agent's result                   (CFN_RESULT_FILE)
 *   out/questions/   ID.json for each question of the agent; question-file.ts says what it holds
 *   answers/         ID.json for each of them that was answered or refused, out of the agent's reach
 *   out/attachments/ copies of the files that the loop was started with
 *   out/reported.json  what `cfn report` delivered; wins over result.json
 *   runner.json      RunnerState, rewritten by the runner as it goes
 *   control.json     AttemptControl, written by the orchestrator
 *   transcript.ndjson  one TranscriptLine a line
 *                    (.1 and .2 beside it hold its end while an agent prints more than is kept)
 *   prompt-N.md      what a person at the terminal said for the agent's Nth turn
 *   runner.log       complaints of the runner itself
 *   record.json      ResultRecord; "done" means that this file exists
 *
 * Every JSON file is written whole to a temporary name and renamed.
 */
export const ATTEMPT_FILES = {
  spec: 'spec.json',
  prompt: 'prompt.md',
  context: 'context.json',
  mcp: 'mcp.json',
  serverSecrets: 'server-secrets.json',
  outFolder: 'out',
  result: 'out/result.json',
  reported: 'out/reported.json',
  attachments: 'out/attachments',
  questions: 'out/questions',
  answers: 'answers',
  runner: 'runner.json',
  control: 'control.json',
  transcript: 'transcript.ndjson',
  record: 'record.json',
} as const;

/**
 * Names of the variables that a runner was given, separated by spaces, for places that add others of their own.
 * The agent sees the named ones only.
 */
export const ENVIRONMENT_NAMES = 'CFN_ENVIRONMENT_NAMES';

/**
 * Reason by which *Take over* is asked for. A runner in a terminal hands the CLI's own interface to the
 * person and goes on afterwards, or says that there is none; without a terminal it is a cancel like any other.
 */
export const TAKEN_OVER = 'taken-over';
