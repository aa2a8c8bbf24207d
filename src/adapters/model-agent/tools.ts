/** What a model of the editor can do in its worktree: look, and nothing else. */
import { open, readdir, stat } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import * as z from 'zod/mini';
import { err, ok, type Result } from '../../base/result.ts';
import type { ModelTool } from '../../protocol/model-socket.ts';
import { placeWithin } from './confine.ts';
import { readGit } from './git.ts';

const MOST_CHARACTERS = 40_000;
const MOST_FILE_BYTES = 4 * 1024 * 1024;
const MOST_LINES = 1_000;
const MOST_NAMES = 1_000;
const MOST_HITS = 200;

export interface ToolPlace {
  /** Where relative paths begin. */
  readonly folder: string;
  /** Absolute paths of what may be read; the first is the worktree. */
  readonly roots: readonly string[];
}

interface Tool extends ModelTool {
  run(place: ToolPlace, input: unknown): Promise<Result<string, string>>;
}

function defineTool<S extends z.ZodMiniType>(
  about: ModelTool,
  schema: S,
  run: (place: ToolPlace, input: z.infer<S>) => Promise<Result<string, string>>,
): Tool {
  return {
    ...about,
    run: async (place, raw) => {
      const input = schema.safeParse(raw);
      if (input.success) return run(place, input.data);
      const [issue] = input.error.issues;
      return err(`${about.name}: ${issue?.path.join('.') ?? 'the input'}: ${issue?.message ?? 'is wrong'}.`);
    },
  };
}

const inputOf = (properties: Record<string, unknown>, required: readonly string[]) => ({
  type: 'object',
  properties,
  required,
});
const PATH = { type: 'string', description: 'Relative to the current directory, or absolute.' };
const text = z.string().check(z.maxLength(4096));
const count = z.int().check(z.minimum(1));

function clip(whole: string, rest: string): string {
  return whole.length <= MOST_CHARACTERS ? whole : `${whole.slice(0, MOST_CHARACTERS)}\n… ${rest}`;
}

const locate = ({ folder, roots }: ToolPlace, path: string) =>
  placeWithin([...new Set([folder, ...roots])], path);

const readFileTool = defineTool(
  {
    name: 'read_file',
    description: `Reads lines of a text file, at most ${MOST_LINES} at a time.`,
    inputSchema: inputOf(
      {
        path: PATH,
        line: { type: 'integer', description: 'The first line, counted from 1.' },
        lines: { type: 'integer', description: 'How many lines.' },
      },
      ['path'],
    ),
  },
  z.object({ path: text, line: z.optional(count), lines: z.optional(count) }),
  async (place, { path, line = 1, lines = MOST_LINES }) => {
    const found = await locate(place, path);
    if (!found.ok) return found;
    const read = await readText(found.value.path);
    if (!read.ok) return err(`${path} ${read.error}`);
    const all = read.value.split('\n');
    const some = all.slice(line - 1, line - 1 + Math.min(lines, MOST_LINES));
    if (some.length === 0) return err(`${path} has ${all.length} lines.`);
    const head = `${path}, lines ${line} to ${line + some.length - 1} of ${all.length}:`;
    return ok(clip(`${head}\n${some.join('\n')}`, 'Cut here; ask for fewer lines.'));
  },
);

/** Errors are what is said after the file's name. */
async function readText(path: string): Promise<Result<string, string>> {
  try {
    // Before it is opened: a pipe would wait for somebody to write.
    const about = await stat(path);
    if (!about.isFile()) return err('is no file; list_files shows folders.');
    const file = await open(path, 'r');
    try {
      const bytes = Buffer.alloc(Math.min(about.size, MOST_FILE_BYTES));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      const content = bytes.subarray(0, bytesRead);
      return content.includes(0) ? err(`is binary, ${about.size} bytes.`) : ok(content.toString('utf8'));
    } finally {
      await file.close();
    }
  } catch {
    return err('cannot be read.');
  }
}

const listFilesTool = defineTool(
  {
    name: 'list_files',
    description: 'Names the files in a folder and below it, without ignored ones.',
    inputSchema: inputOf({ path: PATH }, []),
  },
  z.object({ path: z.optional(text) }),
  async (place, { path = '.' }) => {
    const found = await locate(place, path);
    if (!found.ok) return found;
    const tracked = await inWorktree(place, path);
    const names = tracked.ok
      ? await gitFiles(tracked.value)
      : await readdir(found.value.path).catch(() => null);
    if (names === null) return err(`${path} is no folder that can be listed.`);
    if (names.length === 0) return ok('There is no file.');
    const more = names.length - MOST_NAMES;
    const some = names.slice(0, MOST_NAMES).join('\n');
    return ok(
      clip(more > 0 ? `${some}\n… and ${more} more; name a folder.` : some, 'Cut here; name a folder.'),
    );
  },
);

async function gitFiles({ folder, wanted }: Tracked): Promise<readonly string[]> {
  const args = [
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
    '--',
    wanted,
  ];
  const { stdout } = await readGit(folder, args);
  return stdout.split('\0').filter((name) => name !== '');
}

const searchTool = defineTool(
  {
    name: 'search',
    description: `Searches the files of the worktree by an extended regular expression; shows at most ${MOST_HITS} lines.`,
    inputSchema: inputOf(
      {
        pattern: { type: 'string' },
        path: { ...PATH, description: 'A folder or file to search in.' },
        ignoreCase: { type: 'boolean' },
      },
      ['pattern'],
    ),
  },
  z.object({
    pattern: text.check(z.minLength(1)),
    path: z.optional(text),
    ignoreCase: z.optional(z.boolean()),
  }),
  async (place, { pattern, path = '.', ignoreCase = false }) => {
    const found = await inWorktree(place, path);
    if (!found.ok) return found;
    const args = ['grep', '-n', '-I', '--untracked', '--no-color', '-E', ...(ignoreCase ? ['-i'] : [])];
    const answer = await readGit(found.value.folder, [...args, '-e', pattern, '--', found.value.wanted]);
    if (answer.code === 1) return ok('Nothing was found.');
    if (answer.code !== 0 && answer.stdout === '') {
      return err(`The search failed: ${answer.stderr.trim().slice(0, 300) || 'it took too long'}.`);
    }
    const lines = answer.stdout.split('\n').filter((line) => line !== '');
    const some = lines.slice(0, MOST_HITS).map((line) => line.slice(0, 400));
    const more = lines.length - some.length;
    return ok(clip([...some, ...(more > 0 ? [`… and ${more} more lines.`] : [])].join('\n'), 'Cut here.'));
  },
);

const diffTool = defineTool(
  {
    name: 'diff',
    description: 'Shows what changed between two commits, or from one to the files as they are.',
    inputSchema: inputOf(
      {
        from: { type: 'string', description: 'A commit, by its hash or as HEAD or HEAD~1.' },
        to: { type: 'string', description: 'A second commit; without it the files as they are.' },
        path: { ...PATH, description: 'Only this file or folder.' },
      },
      ['from'],
    ),
  },
  z.object({ from: text, to: z.optional(text), path: z.optional(text) }),
  async (place, { from, to, path = '.' }) => {
    const commits = [from, ...(to === undefined ? [] : [to])];
    const wrong = commits.find((commit) => !/^(?:[0-9a-f]{4,64}|HEAD(?:~\d{1,4})?)$/i.test(commit));
    if (wrong !== undefined)
      return err(`${JSON.stringify(wrong.slice(0, 80))} is no commit's hash, HEAD or HEAD~1.`);
    const found = await inWorktree(place, path, { gone: true });
    if (!found.ok) return found;
    const args = [
      'diff',
      '--no-ext-diff',
      '--no-textconv',
      '--no-color',
      ...commits,
      '--',
      found.value.wanted,
    ];
    const answer = await readGit(found.value.folder, args);
    if (answer.code !== 0 && answer.stdout === '') {
      return err(`There is no such diff: ${answer.stderr.trim().slice(0, 300) || 'it took too long'}.`);
    }
    return ok(clip(answer.stdout === '' ? 'Nothing differs.' : answer.stdout, 'Cut here; name a file.'));
  },
);

/** A path of the worktree as git takes it, in the folder that relative paths begin in. */
interface Tracked {
  readonly folder: string;
  readonly wanted: string;
}

/** `gone`: a file that was removed has no place any more, and a diff to show. */
async function inWorktree(
  { folder, roots: [worktree = ''] }: ToolPlace,
  path: string,
  { gone = false }: { readonly gone?: boolean } = {},
): Promise<Result<Tracked, string>> {
  const here = await placeWithin([worktree], folder);
  if (!here.ok) return here;
  const found = await placeWithin([...new Set([folder, worktree])], path);
  if (found.ok) {
    const wanted = relative(here.value.path, found.value.path).split(sep).join('/');
    return ok({ folder: here.value.path, wanted: wanted || '.' });
  }
  const isPlain = gone && found.error.endsWith('does not exist.') && !isAbsolute(path);
  return isPlain ? ok({ folder: here.value.path, wanted: path.split(sep).join('/') }) : found;
}

const TOOLS: readonly Tool[] = [readFileTool, listFilesTool, searchTool, diffTool];

export const MODEL_TOOLS: readonly ModelTool[] = TOOLS.map(({ name, description, inputSchema }) => ({
  name,
  description,
  inputSchema,
}));

export async function runTool(
  place: ToolPlace,
  name: string,
  input: unknown,
): Promise<Result<string, string>> {
  const tool = TOOLS.find((each) => each.name === name);
  const names = TOOLS.map((each) => each.name).join(', ');
  return tool
    ? tool.run(place, input)
    : err(`There is no tool ${JSON.stringify(name.slice(0, 80))}; there is ${names}.`);
}
