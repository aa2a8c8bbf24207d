import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { patiently } from '../../base/patience.ts';

export interface CfnCommand {
  /** The user's folder for state of all repositories. */
  readonly stateHome: string;
  /** Absolute path of `cli.js`. */
  readonly cli: string;
  /** Node, or an editor that runs as Node. */
  readonly node: string;
  readonly platform: NodeJS.Platform;
  /** The user's home folder. */
  readonly home: string;
}

/** Puts a `cfn` command into a folder of its own, for the PATH of agents; each installation has its folder. */
export async function installCfnCommand(command: CfnCommand): Promise<string> {
  const id = createHash('sha256').update(`${command.node}\n${command.cli}`).digest('hex').slice(0, 12);
  const folder = join(command.stateHome, 'bin', id);
  const windows = command.platform === 'win32';
  // Git Bash, in which some agents run their commands, takes no batch file for a program.
  const files = { cfn: shellScript(command), ...(windows ? { 'cfn.cmd': cmdScript(command) } : {}) };
  for (const [name, text] of Object.entries(files)) await install(folder, name, text);
  return folder;
}

async function install(folder: string, name: string, text: string): Promise<void> {
  const file = join(folder, name);
  const present = await readFile(file, 'utf8').catch(() => null);
  if (present === text) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}.tmp`;
  await writeFile(aside, text, { mode: 0o700 });
  await chmod(aside, 0o700);
  await patiently(() => rename(aside, file), process.platform);
}

const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`;

const shellScript = ({ node, cli, platform }: CfnCommand): string => {
  const path = (each: string) => quoted(platform === 'win32' ? each.replaceAll('\\', '/') : each);
  return `#!/bin/sh\nELECTRON_RUN_AS_NODE=1 exec ${path(node)} ${path(cli)} "$@"\n`;
};

/** A percent sign has to be doubled in a batch file. */
const cmdScript = ({ node, cli, home }: CfnCommand): string => {
  const path = (each: string) => {
    const tail = each.slice(home.length);
    const own = each.toLowerCase().startsWith(home.toLowerCase()) && /^[\\/]/.test(tail);
    // The interpreter reads the file in the machine's old code page: a name with other letters comes by variable.
    return own ? `"%USERPROFILE%${tail.replaceAll('%', '%%')}"` : `"${each.replaceAll('%', '%%')}"`;
  };
  return `@echo off\r\nsetlocal\r\nset ELECTRON_RUN_AS_NODE=1\r\n${path(node)} ${path(cli)} %*\r\n`;
};
