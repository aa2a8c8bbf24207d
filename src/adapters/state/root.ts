import { chmod, lstat, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';

export interface StateHomeInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  readonly home?: string;
}

/** The folder under which every repository has its own; `CFN_STATE_HOME` replaces the platform's place. */
export function stateHome(input: StateHomeInput): string {
  const { env, platform = process.platform, home = homedir() } = input;
  const own = absolute(env['CFN_STATE_HOME']);
  if (own) return own;
  switch (platform) {
    case 'win32':
      return join(absolute(env['LOCALAPPDATA']) ?? join(home, 'AppData', 'Local'), 'cfn');
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'cfn');
    default:
      return join(absolute(env['XDG_STATE_HOME']) ?? join(home, '.local', 'state'), 'cfn');
  }
}

/** Relative values are ignored, as the XDG specification asks. */
function absolute(path: string | undefined): string | undefined {
  return path && isAbsolute(path) ? path : undefined;
}

/** Makes and checks the folder that holds everything durable about one repository; only its owner may enter it. */
export async function openStateFolder(
  input: StateHomeInput & { readonly repositoryId: string },
): Promise<Result<string, string>> {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,127}$/.test(input.repositoryId)) {
    return err(`The repository's id ${JSON.stringify(input.repositoryId)} is not one that was made here.`);
  }
  const folder = join(stateHome(input), input.repositoryId);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const found = await lstat(folder);
    if (!found.isDirectory()) return err(`The state folder ${folder} is not a folder; move it away.`);
    if (process.getuid && found.uid !== process.getuid()) {
      return err(
        `The state folder ${folder} belongs to another user; set CFN_STATE_HOME to a folder of your own.`,
      );
    }
    if (process.platform !== 'win32') await chmod(folder, 0o700);
    return ok(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err(
      `The state folder ${folder} can not be used (${reason}); set CFN_STATE_HOME to a folder that can.`,
    );
  }
}
