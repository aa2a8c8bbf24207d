import type { Command } from 'commander';
import type { HomeChoice, HomeReport } from '../../app/bring-home/home-service.ts';
import type { LoopService } from '../../app/loop-service.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Way } from '../../domain/home/ways.ts';
import { containersBesideLoops } from '../../app/container-plan.ts';
import { loopCommand, parseArguments } from '../arguments.ts';
import { readSettingsFiles } from '../config-files.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { gitHubServers, gitHubToken } from '../github-login.ts';
import { homeLines, integrationLine } from '../home-text.ts';
import { EXIT, printable, refuse, type CliIo, type Exit } from '../io.ts';
import { runMergeQueue } from '../merge-queue.ts';
import { readNamedLoop, readNamedLoops } from '../pick-loop.ts';
import { resolveConflict } from '../resolve-conflict.ts';

interface MergeFlags {
  readonly into?: string;
  readonly squash?: boolean;
  readonly rebase?: boolean;
  readonly apply?: boolean;
  readonly branch?: string;
  readonly rescue?: boolean;
  readonly resolve?: boolean;
  readonly push?: string | boolean;
  readonly pullRequest?: string | boolean;
  readonly title?: string;
  readonly draft?: boolean;
  readonly discard?: boolean;
  readonly undo?: boolean;
  readonly withoutEvidence?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `cfn merge`: brings the result of an ended loop into a branch or the working tree, or takes that back. */
export async function runMerge(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = mergeCommand();
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const flags = command.opts<MergeFlags>();
  const act = readAct(flags);
  if (!act.ok) return refuse(io, act.error);
  if (command.args.length > 1) return mergeSeveral(context, command, act.value);
  if (flags.withoutEvidence === true)
    return refuse(io, '--without-evidence has no meaning with one loop; no evidence runs for it.');
  const asked = await readNamedLoop(command, io);
  if (!asked.ok) return refuse(io, asked.error);
  const { folder, taskId } = asked.value;
  const run = { io, taskId, flags };
  return withRepository(context, folder, async (service, core) => {
    switch (act.value) {
      case 'resolve': {
        const choice = choiceOf(flags, 'merge');
        const conflict = { folder, taskId, choice, json: flags.json === true };
        return resolveConflict(context, { service, core }, conflict);
      }
      case 'undo':
        return undo(service, run);
      case 'discard':
        return discard(service, run);
      case 'push':
        return push(service, run);
      case 'pullRequest':
        return pullRequest(service, run);
      default:
        return merge(service, run, act.value);
    }
  });
}

const mergeCommand = (): Command =>
  loopCommand('merge', "Bring an ended loop's result into a branch; nothing uncommitted is overwritten.")
    .argument('[taskIds...]', 'the loop; several land together as far as they pass their evidence together')
    .option('--task-id <id>', 'the same, for one')
    .option('--into <branch>', 'a local branch (default: the one that is checked out)')
    .option('--squash', 'one new commit instead of a merge commit')
    .option('--rebase', "the result's commits anew on top of the branch")
    .option('--apply', 'changed files in the working tree, nothing committed')
    .option('--branch <name>', 'leave what is there: the outcome goes to a new branch')
    .option('--rescue', 'keep uncommitted changes that stand in the way under refs/cfn/rescue/ first')
    .option('--resolve', 'where it has conflicts: the same crew resolves them, as a new loop')
    .option('--push [remote]', 'push the result with your own git instead, as --branch or its own name')
    .option(
      '--pull-request [remote]',
      'push, and open a pull request on GitHub (token: GH_TOKEN or GITHUB_TOKEN)',
    )
    .option('--title <text>', 'of the pull request (default: the first line of the task)')
    .option('--draft', 'the pull request is a draft')
    .option('--discard', "take the result's branch away; its commits stay under refs/cfn/")
    .option('--undo', 'take back what was last done, if nothing was built on it')
    .option('--without-evidence', 'several loops land also where no command says anything of them')
    .option('--dry-run', 'show what would happen and touch nothing')
    .option('--json', 'one JSON object');

async function mergeSeveral(context: CliContext, command: Command, act: Act): Promise<Exit> {
  const { io } = context;
  const flags = command.opts<MergeFlags>();
  if (act === 'undo')
    return refuse(io, '--undo takes one loop; take several back one by one, the newest first.');
  if (act !== 'merge' && act !== 'squash')
    return refuse(io, `${flagOf(act)} takes one loop; several are brought home by a merge or with --squash.`);
  const asked = await readNamedLoops(command, io);
  if (!asked.ok) return refuse(io, asked.error);
  const { folder, taskIds } = asked.value;
  const { withoutEvidence = false, dryRun = false, json = false } = flags;
  const settings = await readSettingsFiles(io, folder);
  if (!settings.ok) return refuse(io, settings.error);
  const containers = containersBesideLoops(settings.value);
  const choice = { ...choiceOf(flags, act), way: act, withoutEvidence, containers };
  return withRepository(context, folder, (service) =>
    runMergeQueue(context, service, { taskIds, choice, dryRun, json }),
  );
}

type Act = Way | 'push' | 'pullRequest' | 'discard' | 'undo' | 'resolve';

function readAct(flags: MergeFlags): Result<Act, string> {
  const acts = (
    ['squash', 'rebase', 'apply', 'push', 'pullRequest', 'discard', 'undo', 'resolve'] as const
  ).filter((name) => flags[name] !== undefined);
  const [act = 'merge', second] = acts;
  if (second !== undefined)
    return err(`${flagOf(act)} and ${flagOf(second)} exclude each other; take one of them.`);
  const refused = lonely(act, flags) ?? unfit(act, flags);
  return refused === null ? ok(act) : err(refused);
}

const flagOf = (act: Act): string => (act === 'pullRequest' ? '--pull-request' : `--${act}`);

/** A flag of pull requests without one. */
function lonely(act: Act, { title, draft }: MergeFlags): string | null {
  const flag = title !== undefined ? '--title' : draft ? '--draft' : null;
  return flag === null || act === 'pullRequest' ? null : `${flag} takes --pull-request beside it; add that.`;
}

function unfit(act: Act, { into, branch, rescue, dryRun }: MergeFlags): string | null {
  const unfitting = {
    '--into': into !== undefined && (act === 'apply' || act === 'discard' || act === 'undo'),
    '--branch': branch !== undefined && ['apply', 'discard', 'undo', 'resolve'].includes(act),
    '--rescue':
      rescue === true &&
      (branch !== undefined || ['push', 'pullRequest', 'discard', 'undo', 'resolve'].includes(act)),
    '--dry-run': dryRun === true && ['push', 'pullRequest', 'discard', 'undo', 'resolve'].includes(act),
  };
  const flag = Object.entries(unfitting).find(([, wrong]) => wrong)?.[0];
  if (flag === undefined) return null;
  const beside = flag === '--rescue' && branch !== undefined ? '--branch' : flagOf(act);
  return `${flag} has no meaning with ${beside}; leave one of them out.`;
}

interface Run {
  readonly io: CliIo;
  readonly taskId: string;
  readonly flags: MergeFlags;
}

const choiceOf = (flags: MergeFlags, way: Way): HomeChoice => ({
  way,
  into: flags.into ?? null,
  newBranch: flags.branch ?? null,
  rescueFirst: flags.rescue === true,
});

async function merge(service: LoopService, { io, taskId, flags }: Run, way: Way): Promise<Exit> {
  const choice = choiceOf(flags, way);
  if (flags.dryRun) {
    const report = await service.home.preview(taskId, choice);
    if (!report.ok) return failed(io, report.error);
    if (flags.json) tell(io, { outcome: 'preview', ...report.value });
    else io.stdout.write(homeLines(report.value));
    return exitOf(report.value);
  }
  const result = await service.home.bring(taskId, choice);
  if (!result.ok) return failed(io, result.error);
  const { report } = result.value;
  if (flags.json) {
    tell(io, { outcome: result.value.kind, ...report, ...integrationOf(result.value) });
  } else if (result.value.kind === 'done') {
    io.stdout.write(`${integrationLine(result.value.integration)}\n`);
  } else {
    const calm = exitOf(report) === EXIT.proceed;
    (calm ? io.stdout : io.stderr).write(homeLines(report));
  }
  return result.value.kind === 'done' ? EXIT.proceed : exitOf(report);
}

const integrationOf = (result: { readonly kind: string; readonly integration?: unknown }) =>
  result.integration === undefined ? {} : { integration: result.integration };

/** As `git merge` has it: 1 where the work could not be brought home. */
const exitOf = ({ preview: { verdict, obstacle } }: HomeReport): number =>
  verdict.kind === 'conflicts' || (verdict.kind === 'clean' && obstacle !== null) ? EXIT.abort : EXIT.proceed;

async function undo(service: LoopService, { io, taskId, flags }: Run): Promise<Exit> {
  const undone = await service.home.undo(taskId);
  if (!undone.ok) return failed(io, undone.error);
  if (flags.json) tell(io, { outcome: 'undone', taskId, integration: undone.value });
  else io.stdout.write(`${integrationLine(undone.value)}\n`);
  return EXIT.proceed;
}

async function discard(service: LoopService, { io, taskId, flags }: Run): Promise<Exit> {
  const done = await service.home.discard(taskId);
  if (!done.ok) return failed(io, done.error);
  if (flags.json) tell(io, { outcome: 'done', taskId, integration: done.value });
  else io.stdout.write(`${integrationLine(done.value)}\n`);
  return EXIT.proceed;
}

async function pullRequest(service: LoopService, { io, taskId, flags }: Run): Promise<Exit> {
  const remote = typeof flags.pullRequest === 'string' ? flags.pullRequest : null;
  const servers = gitHubServers(io.env);
  const found = await service.home.remote(remote, servers);
  if (!found.ok) return failed(io, found.error);
  const { name, url, gitHub } = found.value;
  if (gitHub === null) {
    return refuse(
      io,
      `The remote ${name} is ${printable(url)}, which is no known GitHub server; set GH_HOST to its name, or take --push.`,
    );
  }
  const token = gitHubToken(io.env, gitHub);
  if (token.value === null) {
    return refuse(io, `A pull request at ${gitHub.server} takes a token in ${token.names.join(' or ')}.`);
  }
  const opened = await service.home.pullRequest(taskId, {
    remote,
    branch: flags.branch ?? null,
    into: flags.into ?? null,
    title: flags.title ?? null,
    draft: flags.draft === true,
    servers,
    token: token.value,
  });
  if (!opened.ok) return failed(io, opened.error);
  const { integration, pullRequest: pull } = opened.value;
  if (flags.json) tell(io, { outcome: 'done', taskId, integration, pullRequest: pull });
  else
    io.stdout.write(
      `${integrationLine(integration)}\n${pull.existed ? 'Its pull request is open' : 'Pull request'}: ${printable(pull.url)}\n`,
    );
  return EXIT.proceed;
}

async function push(service: LoopService, { io, taskId, flags }: Run): Promise<Exit> {
  const remote = typeof flags.push === 'string' ? flags.push : null;
  const choice = { remote, branch: flags.branch ?? null, into: flags.into ?? null };
  const pushed = await service.home.push(taskId, choice);
  if (!pushed.ok) return failed(io, pushed.error);
  const { integration, compareUrl } = pushed.value;
  if (flags.json) {
    tell(io, { outcome: 'done', taskId, integration, compareUrl });
    return EXIT.proceed;
  }
  io.stdout.write(`${integrationLine(integration)}\n`);
  io.stdout.write(
    compareUrl === null
      ? 'The page for a pull request of this host is not known; open it there.\n'
      : `Open a pull request: ${printable(compareUrl)}\n`,
  );
  return EXIT.proceed;
}

const tell = (io: CliIo, value: unknown): void => void io.stdout.write(`${JSON.stringify(value)}\n`);
