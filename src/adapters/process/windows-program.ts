import { win32 } from 'node:path';
import { programCandidates, variable } from '../../base/programs.ts';
import { err, ok, type Result } from '../../base/result.ts';

export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
}

export interface WindowsMachine {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names with a folder are meant from here. */
  readonly cwd: string;
  readonly isFile: (path: string) => boolean;
  /** `null` when it cannot be read. */
  readonly read: (path: string) => string | null;
}

/**
 * How a command is started on Windows. What npm, pnpm and yarn install are batch files, which only the command
 * interpreter can run, and it expands `%`, ends at a line break and takes quotes for its own. So the program
 * behind such a file is started itself, without any shell. A batch file of another kind goes through the
 * interpreter, and is refused arguments that it would not get as they are.
 */
export function launchOnWindows(argv: readonly string[], machine: WindowsMachine): Result<Launch, string> {
  const [name = '', ...args] = argv;
  const found = find(name, machine);
  // Its absence is told by whoever starts it.
  if (found === null || !/\.(?:cmd|bat)$/i.test(found)) return ok({ program: found ?? name, args });
  const behind = programBehind(found, machine);
  if (behind !== null) return ok({ program: behind.program, args: [...behind.args, ...args] });
  const bad = args.find((arg) => /[\r\n"%!]/.test(arg));
  if (bad === undefined) return ok({ program: found, args });
  return err(
    `${found} is a batch file, and Windows would change its argument ${JSON.stringify(bad.slice(0, 80))}; name the program that it starts, or put the text into a file.`,
  );
}

function find(name: string, machine: WindowsMachine): string | null {
  const candidates = programCandidates(name, {
    platform: 'win32',
    path: variable(machine.env, 'PATH', 'win32'),
    pathExt: variable(machine.env, 'PATHEXT', 'win32'),
  });
  return candidates.map((path) => win32.resolve(machine.cwd, path)).find(machine.isFile) ?? null;
}

/** `"%dp0%\…"` and `"%~dp0\…"`: a path from the folder of the batch file. */
const BESIDE = String.raw`"%(?:dp0%|~dp0)\\([^"%]+)"`;
const SCRIPT = new RegExp(
  String.raw`(?:"%_prog%"|"[^"]*\bnode(?:\.exe)?"|\bnode(?:\.exe)?)((?:\s+-[^\s"]+)*)\s+${BESIDE}\s+%\*`,
  'i',
);
const PROGRAM = new RegExp(String.raw`(?:^|[&(@\s])${BESIDE}\s+%\*`, 'im');

/** The program that a package manager's batch file starts; `null` when it is not such a file. */
function programBehind(file: string, machine: WindowsMachine): Launch | null {
  const text = machine.read(file);
  if (text === null) return null;
  const folder = win32.dirname(file);
  const script = SCRIPT.exec(text);
  if (script?.[2] !== undefined) {
    const own = win32.join(folder, 'node.exe');
    const node = machine.isFile(own) ? own : find('node', machine);
    const target = win32.join(folder, script[2]);
    if (node === null || !machine.isFile(target)) return null;
    return { program: node, args: [...(script[1] ?? '').split(/\s+/).filter(Boolean), target] };
  }
  const target = PROGRAM.exec(text)?.[1];
  if (target === undefined || !/\.(?:exe|com)$/i.test(target)) return null;
  const program = win32.join(folder, target);
  return machine.isFile(program) ? { program, args: [] } : null;
}
