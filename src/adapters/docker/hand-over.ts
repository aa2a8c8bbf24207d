import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerRequest } from '../../ports/container-engine.ts';

/** Whoever may ask the engine can read what a container was created with, so the environment goes in by a file. */
export interface HandOver {
  /** The program that reads the file, removes it and becomes the agent. */
  readonly argv: readonly string[];
  /** Whether there was no such program inside. */
  missing(): boolean;
  /** Takes away what no container has read. */
  discard(): void;
}

/** The names of such files. */
export const HANDED = /^\.environment-[0-9a-f]{12}$/;
/** How those begin by which a shell says that there is no such program: its code and its words may be the program's own. */
const MISSING = '.missing-';

/** A file of its own name in the same folder. */
const MARK = `"\${1%/*}/${MISSING}\${1##*-}"`;
const unlessMissing = (program: string) =>
  `command -v "${program}" >/dev/null 2>&1 || [ -e "${program}" ] || { : >${MARK}; exit 127; };`;

const READ_AND_BECOME = `. "$1"; rm -f "$1"; ${unlessMissing('$2')} shift; exec "$@"`;
const READ_AND_BECOME_WITH = `. "$1"; rm -f "$1"; ${unlessMissing('$3')} exec <"$2"; shift 2; exec "$@"`;

/** Names that a shell can set; others cannot be handed over, and no contract of ours has any. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Throws where the file cannot be written. */
export function handOver(
  exchange: string,
  { env, argv: wanted, stdinFile, talks }: Pick<ContainerRequest, 'env' | 'argv' | 'stdinFile' | 'talks'>,
): HandOver {
  // Our own scripted agents are run by the Node that runs us, which is somewhere else inside.
  const argv = wanted.map((word) => (word === process.execPath ? 'node' : word));
  const own = randomBytes(6).toString('hex');
  const [file, mark] = [join(exchange, `.environment-${own}`), join(exchange, `${MISSING}${own}`)];
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
    missing: () => existsSync(mark),
    discard: () => {
      for (const path of [file, mark]) rmSync(path, { force: true });
    },
  };
}

const quoted = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;
