import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join, posix, win32 } from 'node:path';
import { promisify } from 'node:util';
import { variable, windowsTool } from '../../base/programs.ts';
import { err, ok, type Result } from '../../base/result.ts';

export interface StateHomeInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  readonly home?: string;
}

/** The folder under which every repository has its own; `CFN_STATE_HOME` replaces the platform's place. */
export function stateHome(input: StateHomeInput): string {
  const { env, platform = process.platform, home: named = homedir() } = input;
  const paths = platform === 'win32' ? win32 : posix;
  // With an empty `HOME` that is no folder, and the state would lie wherever the command was called.
  const home = paths.isAbsolute(named) ? named : userInfo().homedir;
  // Relative values are ignored, as the XDG specification asks.
  const absolute = (name: string): string | undefined => {
    const path = variable(env, name, platform);
    return paths.isAbsolute(path) ? path : undefined;
  };
  const own = absolute('CFN_STATE_HOME');
  if (own) return own;
  switch (platform) {
    case 'win32':
      return paths.join(absolute('LOCALAPPDATA') ?? paths.join(home, 'AppData', 'Local'), 'cfn');
    case 'darwin':
      return paths.join(home, 'Library', 'Application Support', 'cfn');
    default:
      return paths.join(absolute('XDG_STATE_HOME') ?? paths.join(home, '.local', 'state'), 'cfn');
  }
}

const runTool = async (program: string, args: readonly string[]): Promise<void> => {
  await promisify(execFile)(program, [...args], { windowsHide: true, timeout: 20_000 });
};

/** Windows has no modes: nothing is inherited, and only the user and the system (for its backups) may enter. */
function closedToOthers(folder: string, env: StateHomeInput['env']): readonly string[] {
  const domain = variable(env, 'USERDOMAIN', 'win32');
  const user = variable(env, 'USERNAME', 'win32') || userInfo().username;
  const whole = '(OI)(CI)F';
  const owner = domain === '' ? user : `${domain}\\${user}`;
  return [folder, '/inheritance:r', '/grant:r', `${owner}:${whole}`, `*S-1-5-18:${whole}`];
}

/** Makes and checks the folder that holds everything durable about one repository; only its owner may enter it. */
export async function openStateFolder(
  input: StateHomeInput & {
    readonly repositoryId: string;
    /** Runs a program of Windows. */
    readonly runTool?: (program: string, args: readonly string[]) => Promise<void>;
  },
): Promise<Result<string, string>> {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,127}$/.test(input.repositoryId)) {
    return err(`The repository's id ${JSON.stringify(input.repositoryId)} is not one that was made here.`);
  }
  const platform = input.platform ?? process.platform;
  const folder = join(stateHome(input), input.repositoryId);
  try {
    const created = await mkdir(folder, { recursive: true, mode: 0o700 });
    const found = await lstat(folder);
    if (!found.isDirectory()) return err(`The state folder ${folder} is not a folder; move it away.`);
    if (process.getuid && found.uid !== process.getuid()) {
      return err(
        `The state folder ${folder} belongs to another user; set CFN_STATE_HOME to a folder of your own.`,
      );
    }
    if (platform !== 'win32') await chmod(folder, 0o700);
    // What lies below the user's profile is closed to others already.
    else if (created !== undefined && variable(input.env, 'CFN_STATE_HOME', platform) !== '') {
      await (input.runTool ?? runTool)(windowsTool('icacls', input.env), closedToOthers(folder, input.env));
    }
    return ok(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err(
      `The state folder ${folder} can not be used (${reason}); set CFN_STATE_HOME to a folder that can.`,
    );
  }
}
