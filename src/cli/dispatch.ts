import type { CliContext } from './context.ts';
import { EXIT, refuse, type Exit } from './io.ts';

type RunVerb = (argv: readonly string[], context: CliContext) => Promise<Exit>;

interface Verb {
  readonly name: string;
  readonly summary: string;
  load(): Promise<RunVerb>;
}

/** Each verb is loaded when it is called, so that the small ones start fast. */
export const VERBS: readonly Verb[] = [
  {
    name: 'run',
    summary: 'run the loop on an epic or a task',
    load: async () => (await import('./verbs/run.ts')).runRun,
  },
  {
    name: 'continue',
    summary: 'go on from a finished loop with one more wish',
    load: async () => (await import('./verbs/continue.ts')).runContinue,
  },
  {
    name: 'split',
    summary: 'let an agent take a task apart; start nothing',
    load: async () => (await import('./verbs/split.ts')).runSplit,
  },
  {
    name: 'spawn',
    summary: 'run one agent on a task',
    load: async () => (await import('./verbs/spawn.ts')).runSpawn,
  },
  {
    name: 'status',
    summary: 'show loops',
    load: async () => (await import('./verbs/status.ts')).runStatus,
  },
  {
    name: 'resume',
    summary: 'go on with a loop, or tell how it ended',
    load: async () => (await import('./verbs/resume.ts')).runResume,
  },
  {
    name: 'queue',
    summary: 'show the queued loops, move or remove one',
    load: async () => (await import('./verbs/queue.ts')).runQueue,
  },
  {
    name: 'decide',
    summary: 'decide for a loop that waits',
    load: async () => (await import('./verbs/decide.ts')).runDecide,
  },
  {
    name: 'pause',
    summary: 'start no new agent',
    load: async () => (await import('./verbs/control.ts')).runPause,
  },
  {
    name: 'stop',
    summary: 'cancel a loop, keeping its work',
    load: async () => (await import('./verbs/control.ts')).runStop,
  },
  {
    name: 'feedback',
    summary: 'add feedback for the next iteration',
    load: async () => (await import('./verbs/control.ts')).runFeedback,
  },
  {
    name: 'review',
    summary: 'show threads of a review, comment, judge findings',
    load: async () => (await import('./verbs/threads.ts')).runReview,
  },
  {
    name: 'breakpoint',
    summary: 'hold a loop before transfer points',
    load: async () => (await import('./verbs/steps.ts')).runBreakpoint,
  },
  {
    name: 'release',
    summary: 'let a held hand-over go on, edited or not',
    load: async () => (await import('./verbs/release.ts')).runRelease,
  },
  {
    name: 'transfer',
    summary: 'show what was handed over at a transfer point',
    load: async () => (await import('./verbs/steps.ts')).runTransfer,
  },
  {
    name: 'thresholds',
    summary: 'change thresholds for the iterations to come',
    load: async () => (await import('./verbs/steps.ts')).runThresholds,
  },
  {
    name: 'retry',
    summary: 'have an agent run again, perhaps another one',
    load: async () => (await import('./verbs/steps.ts')).runRetry,
  },
  {
    name: 'nudge',
    summary: 'say something to a running agent',
    load: async () => (await import('./verbs/nudge.ts')).runNudge,
  },
  {
    name: 'answer',
    summary: 'answer what an agent asks',
    load: async () => (await import('./verbs/answer.ts')).runAnswer,
  },
  {
    name: 'inbox',
    summary: 'show what needs you',
    load: async () => (await import('./verbs/inbox.ts')).runInbox,
  },
  {
    name: 'backlog',
    summary: 'show what product owners left for later',
    load: async () => (await import('./verbs/backlog.ts')).runBacklog,
  },
  {
    name: 'logs',
    summary: "show the agents' transcripts",
    load: async () => (await import('./verbs/logs.ts')).runLogs,
  },
  {
    name: 'replay',
    summary: "tell a loop's history, also of an archived one",
    load: async () => (await import('./verbs/replay.ts')).runReplay,
  },
  {
    name: 'export',
    summary: 'write what a loop made as a patch',
    load: async () => (await import('./verbs/export.ts')).runExport,
  },
  {
    name: 'merge',
    summary: 'bring results of ended loops home, or undo that',
    load: async () => (await import('./verbs/merge.ts')).runMerge,
  },
  {
    name: 'rename',
    summary: 'give a loop a title',
    load: async () => (await import('./verbs/notes.ts')).runRename,
  },
  {
    name: 'archive',
    summary: 'put a finished loop out of the lists',
    load: async () => (await import('./verbs/notes.ts')).runArchive,
  },
  {
    name: 'unarchive',
    summary: 'list an archived loop again',
    load: async () => (await import('./verbs/notes.ts')).runUnarchive,
  },
  {
    name: 'gc',
    summary: 'show what old loops left behind, and remove it',
    load: async () => (await import('./verbs/gc.ts')).runGc,
  },
  {
    name: 'compose',
    summary: 'print or write Compose files for services',
    load: async () => (await import('./verbs/compose.ts')).runCompose,
  },
  {
    name: 'agents',
    summary: 'show the agent CLIs of this machine',
    load: async () => (await import('./verbs/agents.ts')).runAgents,
  },
  {
    name: 'mcp',
    summary: 'show the MCP servers of agents, try or install one',
    load: async () => (await import('./verbs/mcp.ts')).runMcp,
  },
  {
    name: 'doctor',
    summary: 'check this machine and the loops of the repository',
    load: async () => (await import('./verbs/doctor.ts')).runDoctor,
  },
  {
    name: 'metrics',
    summary: 'print the loops as Prometheus metrics',
    load: async () => (await import('./verbs/metrics.ts')).runMetrics,
  },
  {
    name: 'query',
    summary: 'ask all loops of the repository in SQL',
    load: async () => (await import('./verbs/query.ts')).runQuery,
  },
  {
    name: 'bench',
    summary: "measure a loop's parts on this machine",
    load: async () => (await import('./verbs/bench.ts')).runBench,
  },
  {
    name: 'image',
    summary: 'build or check the image of agents in containers',
    load: async () => (await import('./verbs/image.ts')).runImage,
  },
  {
    name: 'init',
    summary: 'write a .cfn/config.json to start from',
    load: async () => (await import('./verbs/init.ts')).runInit,
  },
  {
    name: 'report',
    summary: "report the agent's result as JSON",
    load: async () => (await import('./verbs/report.ts')).runReport,
  },
  {
    name: 'ask',
    summary: 'ask a person, and wait for the answer',
    load: async () => (await import('./verbs/ask.ts')).runAsk,
  },
  {
    name: 'context',
    summary: 'store or get a value of the task',
    load: async () => (await import('./verbs/context.ts')).runContext,
  },
  {
    name: 'signal',
    summary: 'send a signal, or wait for one',
    load: async () => (await import('./verbs/signal.ts')).runSignal,
  },
  {
    name: 'chain',
    summary: 'tell the next agent of a chain, or wait',
    load: async () => (await import('./verbs/channels.ts')).runChain,
  },
  {
    name: 'broadcast',
    summary: 'send one text to many agents, or wait',
    load: async () => (await import('./verbs/channels.ts')).runBroadcast,
  },
  {
    name: 'mesh',
    summary: 'send a text to one agent, or wait',
    load: async () => (await import('./verbs/channels.ts')).runMesh,
  },
  {
    name: 'handoff',
    summary: 'hand over to the validators, or wait for it',
    load: async () => (await import('./verbs/channels.ts')).runHandoff,
  },
  {
    name: 'vote',
    summary: 'store a decision and its confidence',
    load: async () => (await import('./verbs/channels.ts')).runVote,
  },
  {
    name: 'collect',
    summary: 'wait for agents and collect their confidence',
    load: async () => (await import('./verbs/collect.ts')).runCollect,
  },
  {
    name: 'lock',
    summary: 'acquire or release a lock',
    load: async () => (await import('./verbs/lock.ts')).runLock,
  },
  {
    name: 'checkpoint',
    summary: "save an agent's own state, or get it back",
    load: async () => (await import('./verbs/checkpoint.ts')).runCheckpoint,
  },
];

/** Verbs of the contract that answer plainly until they are built. */
export const NOT_BUILT: readonly string[] = ['task', 'worker', 'serve'];

export async function dispatch(argv: readonly string[], version: string, context: CliContext): Promise<Exit> {
  const { io } = context;
  const [name, ...rest] = argv;
  if (name === undefined) {
    io.stderr.write(help());
    return EXIT.usage;
  }
  if (name === '--version' || name === '-V') {
    io.stdout.write(`${version}\n`);
    return EXIT.proceed;
  }
  if (name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
    io.stdout.write(help());
    return EXIT.proceed;
  }
  if (name === 'help') return dispatch([...rest, '--help'], version, context);
  if (NOT_BUILT.includes(name)) return refuse(io, `cfn ${name} is not built yet.`);
  const verb = VERBS.find((one) => one.name === name);
  if (!verb) {
    const names = VERBS.map((one) => one.name).join(', ');
    return refuse(io, `There is no verb ${JSON.stringify(name.slice(0, 80))}; cfn takes one of ${names}.`);
  }
  return (await verb.load())(rest, context);
}

function help(): string {
  const lines = VERBS.map((verb) => `  ${verb.name.padEnd(11)}${verb.summary}`);
  return `Usage: cfn VERB [options]

Several coding agents on one task: implement, gate, validate, decide.

${lines.join('\n')}

Not built yet: ${NOT_BUILT.join(', ')}.

cfn VERB --help tells more. Exit codes: 0 PROCEED, 1 ABORT, 2 wrong usage or input,
3 EXHAUSTED, 4 BUDGET, 5 waiting for a person, 70 internal error, 130 cancelled.
`;
}
