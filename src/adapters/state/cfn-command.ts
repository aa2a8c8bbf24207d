import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface CfnCommand {
  /** The user's folder for state of all repositories. */
  readonly stateHome: string;
  /** Absolute path of `cli.js`. */
  readonly cli: string;
  /** Node, or an editor that runs as Node. */
  readonly node: string;
  readonly platform: NodeJS.Platform;
}

/** Puts a `cfn` command into a folder of its own, for the PATH of agents; each installation has its folder. */
export async function installCfnCommand(command: CfnCommand): Promise<string> {
  const id = createHash('sha256').update(`${command.node}\n${command.cli}`).digest('hex').slice(0, 12);
  const folder = join(command.stateHome, 'bin', id);
  const windows = command.platform === 'win32';
  const file = join(folder, windows ? 'cfn.cmd' : 'cfn');
  const text = windows ? cmdScript(command) : shellScript(command);
  const present = await readFile(file, 'utf8').catch(() => null);
  if (present === text) return folder;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}.tmp`;
  await writeFile(aside, text, { mode: 0o700 });
  await chmod(aside, 0o700);
  await rename(aside, file);
  return folder;
}

const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`;

const shellScript = ({ node, cli }: CfnCommand): string =>
  `#!/bin/sh\nELECTRON_RUN_AS_NODE=1 exec ${quoted(node)} ${quoted(cli)} "$@"\n`;

const cmdScript = ({ node, cli }: CfnCommand): string =>
  `@echo off\r\nsetlocal\r\nset ELECTRON_RUN_AS_NODE=1\r\n"${node}" "${cli}" %*\r\n`;
