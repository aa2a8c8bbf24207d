import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerRequest } from '../../ports/container-engine.ts';

/** Whoever may ask the engine can read what a container was created with, so the environment goes in by a file. */
export interface HandOver {
  /** The program that reads the file, removes it and becomes the agent. */
  readonly argv: readonly string[];
  /** Takes away what no container has read. */
  discard(): void;
}

/** How the names of such files begin. */
export const HANDED = '.environment-';

const READ_AND_BECOME = '. "$1"; rm -f "$1"; shift; exec "$@"';
const READ_AND_BECOME_WITH = '. "$1"; rm -f "$1"; input=$2; shift 2; exec "$@" <"$input"';

/** Names that a shell can set; others cannot be handed over, and no contract of ours has any. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Throws where the file cannot be written. */
export function handOver(
  exchange: string,
  { env, argv: wanted, stdinFile, talks }: Pick<ContainerRequest, 'env' | 'argv' | 'stdinFile' | 'talks'>,
): HandOver {
  // Our own scripted agents are run by the Node that runs us, which is somewhere else inside.
  const argv = wanted.map((word) => (word === process.execPath ? 'node' : word));
  const file = join(exchange, `${HANDED}${randomBytes(6).toString('hex')}`);
  const lines = Object.entries(env)
    .filter(([name]) => NAME.test(name))
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600, flag: 'wx' });
  const input = talks ? null : (stdinFile ?? '/dev/null');
  return {
    argv:
      input === null
        ? ['/bin/sh', '-c', READ_AND_BECOME, 'cfn', file, ...argv]
        : ['/bin/sh', '-c', READ_AND_BECOME_WITH, 'cfn', file, input, ...argv],
    discard: () => rmSync(file, { force: true }),
  };
}

const quoted = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;
