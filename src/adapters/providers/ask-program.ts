import spawn from 'cross-spawn';
import type { Variables } from './programs.ts';

const AFTER_EXIT_MS = 300;
const MAX_OUTPUT = 256 * 1024;

export interface Question {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Variables;
  readonly limitMs: number;
}

/** Everything that a program prints when it is asked something, or `null` when it fails or takes too long. */
export function askProgram({ program, args, env, limitMs }: Question): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
      windowsHide: true,
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      if (output.length < MAX_OUTPUT) output += chunk.toString('utf8');
    };
    // pi prints its version on standard error.
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', () => resolve(null));
    child.on('close', (code) => resolve(code === 0 ? output : null));
    // A child that it left behind may keep the pipes open.
    child.on('exit', () => {
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, AFTER_EXIT_MS);
    });
  });
}
