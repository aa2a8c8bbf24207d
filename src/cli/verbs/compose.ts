import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import { composeFile, worktreeComposeFile, type ComposeServer } from '../../domain/containers/compose.ts';
import { composeVariables, environmentFile } from '../../domain/containers/compose-environment.ts';
import { CATALOGUE } from '../../domain/mcp-servers/catalogue.ts';
import type { ComposePlace } from '../../ports/compose-place.ts';
import { COMPOSE_MARK, composeText } from '../../protocol/compose-text.ts';
import { loopCommand, parseArguments } from '../arguments.ts';
import { repositoryFolder } from '../config-files.ts';
import type { CliContext } from '../context.ts';
import { EXIT, refuse, type Exit } from '../io.ts';
import { writeWhole } from '../write-whole.ts';

interface ComposeFlags {
  readonly repo?: string;
  readonly worktree?: string;
  readonly write?: boolean;
  readonly release?: boolean;
  readonly password?: string;
}

interface NamedText {
  readonly name: string;
  readonly text: string;
}

const BASE = 'docker-compose.yml';
const WORKTREE = 'docker-compose.worktree.yml';
const ENVIRONMENT = 'docker-compose.worktree.env';

/** `cfn compose`: services for a checkout as Compose files. Starts nothing. */
export async function runCompose(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopCommand('compose', 'Print or write Compose files for services beside the loop.')
    .option('--worktree <branch>', 'with ports, subnets and volumes of its own for this branch')
    .option('--password <file>', 'redis and postgres want what stands in this file')
    .option('--write', 'write the files into the checkout instead of printing them')
    .option('--release', 'give back the ports of the branch; take its services down before');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const flags = command.opts<ComposeFlags>();
  const problem = wrongFlags(flags);
  if (problem !== null) return refuse(io, problem);
  const folder = await repositoryFolder(io, flags.repo);
  if (!folder.ok) return refuse(io, folder.error);
  const place = await context.openComposePlace(folder.value);
  if (!place.ok) return refuse(io, place.error);
  if (flags.release && flags.worktree !== undefined) {
    await place.value.release(flags.worktree);
    io.stdout.write(`The ports of ${flags.worktree} are free again.\n`);
    return EXIT.proceed;
  }
  const files = await filesOf(context, place.value, flags);
  if (!files.ok) return refuse(io, files.error);
  return flags.write ? write(context, place.value.root, files.value) : print(context, files.value);
}

/** What git takes for a branch, and no option of a program. */
const BRANCH = /^(?![-/.])(?!.*(?:\.\.|\/\/|@\{|\.lock$|[/.]$))[^\s~^:?*[\\\p{Cc}]{1,200}$/u;

function wrongFlags({ worktree, release, write, password }: ComposeFlags): string | null {
  if (worktree !== undefined && !BRANCH.test(worktree))
    return `--worktree is ${shown(worktree)}; it takes the name of a branch.`;
  if (!release) return null;
  if (worktree === undefined) return '--release wants --worktree with the branch whose ports go back.';
  return write || password !== undefined ? '--release stands beside --worktree alone.' : null;
}

async function filesOf(
  { io }: CliContext,
  place: ComposePlace,
  { worktree, password }: ComposeFlags,
): Promise<Result<readonly NamedText[], string>> {
  const passwordFile =
    password === undefined ? ok(null) : await checkPassword(place.root, resolve(io.cwd, password));
  if (!passwordFile.ok) return passwordFile;
  const servers: readonly ComposeServer[] = [...CATALOGUE.values()].flatMap((server) => {
    if (server.port === null) return [];
    // Some Compose refuse a whole file for a folder that is not there.
    const build = existsSync(join(place.root, 'mcp', server.id)) ? `./mcp/${server.id}` : null;
    return { ...server, port: server.port, build };
  });
  const base = {
    name: BASE,
    text: composeText(composeFile({ servers, passwordFile: passwordFile.value })),
  };
  if (worktree === undefined) return ok([base]);
  const isolated = await place.environment(worktree);
  if (!isolated.ok) return isolated;
  if (isolated.value.note !== null) io.stderr.write(`${isolated.value.note}\n`);
  const variables = composeVariables(isolated.value.environment);
  return ok([
    base,
    { name: WORKTREE, text: composeText(worktreeComposeFile()) },
    { name: ENVIRONMENT, text: `${COMPOSE_MARK}\n${environmentFile(variables)}` },
  ]);
}

/** It becomes part of a configuration, so it has no character that means anything there. */
async function checkPassword(root: string, file: string): Promise<Result<string, string>> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return err(`--password is ${shown(file)}; it takes a file that can be read.`);
  if (!/^[\w-]{16,256}\r?\n?$/.test(text))
    return err(
      '--password takes a file with one line of 16 to 256 letters, digits, "-" or "_", such as "openssl rand -hex 32" prints.',
    );
  const within = relative(root, file);
  const path = within.startsWith('..') || isAbsolute(within) ? file : `./${within.replaceAll('\\', '/')}`;
  return ok(path.replaceAll('$', '$$$$'));
}

function print({ io }: CliContext, files: readonly NamedText[]): Exit {
  io.stdout.write(
    files.map(({ name, text }) => (files.length === 1 ? text : `# ==> ${name} <==\n${text}`)).join('\n'),
  );
  return EXIT.proceed;
}

async function write({ io }: CliContext, root: string, files: readonly NamedText[]): Promise<Exit> {
  for (const { name } of files) {
    const there = await readFile(join(root, name), 'utf8').catch(() => null);
    if (there !== null && !there.startsWith(COMPOSE_MARK))
      return refuse(
        io,
        `${join(root, name)} was not written by cfn compose; move it, or print with cfn compose.`,
      );
  }
  for (const { name, text } of files) {
    const written = await writeWhole(name, join(root, name), text);
    if (!written.ok) return refuse(io, written.error);
    io.stdout.write(`Wrote ${join(root, name)}.\n`);
  }
  const worktree = files.length > 1 ? ` --env-file ${ENVIRONMENT} -f ${BASE} -f ${WORKTREE}` : '';
  io.stdout.write(`Start the services with: docker compose${worktree} up -d\n`);
  return EXIT.proceed;
}
