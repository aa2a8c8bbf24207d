import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

export interface CommandEnd {
  readonly code: number | null;
  readonly output: string;
}

/** npm and its like are batch files on Windows, which need a shell there. */
const needsShell = (program: string) => process.platform === 'win32' && /^(npm|npx|code)$/.test(program);

/** Runs a program with closed standard input and collects what it prints. */
export function collect(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: needsShell(program),
      timeout: options.timeoutMs,
    });
    let output = '';
    const add = (chunk: Buffer) => (output += chunk.toString('utf8'));
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.once('error', (error) => resolve({ code: null, output: `${output}${error.message}\n` }));
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** Like `collect`, but a program that fails is an error that shows its last lines. */
export async function demand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, output } = await collect(program, args, options);
  if (code !== 0) {
    const tail = output.trim().split('\n').slice(-12).join('\n');
    throw new Error(`${program} ${args.join(' ')} ended with ${code ?? 'no exit code'}:\n${tail}`);
  }
  return output;
}
