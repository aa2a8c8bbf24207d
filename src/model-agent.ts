/**
 * The agent program behind the preset `vscode`: it runs like every other agent, in a process of its own, and asks a language
 * model of VS Code through the window that runs the loop.
 */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readGit } from './adapters/model-agent/git.ts';
import { openModelLine } from './adapters/model-agent/model-line.ts';
import { work } from './adapters/model-agent/work.ts';
import type { ModelAgentEvent } from './protocol/model-socket.ts';

const tell = (event: ModelAgentEvent): void => {
  process.stdout.write(`${JSON.stringify(event)}\n`);
};

/** The opened folder may lie below the top of its worktree, all of which may be read. */
async function topOf(folder: string): Promise<string> {
  const { code, stdout } = await readGit(folder, ['rev-parse', '--show-toplevel']);
  return (code === 0 && stdout.trim()) || folder;
}

async function main(): Promise<number> {
  const { env } = process;
  const [promptFile, resultFile] = [env['CFN_PROMPT_FILE'], env['CFN_RESULT_FILE']];
  if (!promptFile || !resultFile) {
    process.stderr.write(
      'This program is started by a loop: CFN_PROMPT_FILE and CFN_RESULT_FILE are not set.\n',
    );
    return 2;
  }
  const line = await openModelLine(env);
  if (!line.ok) {
    tell({ type: 'failed', ...line.error });
    return 1;
  }
  tell({ type: 'started', model: line.value.name });
  const worked = await work({
    prompt: await readFile(promptFile, 'utf8'),
    line: line.value,
    place: { folder: process.cwd(), roots: [await topOf(process.cwd()), dirname(resultFile)] },
    tell,
  });
  line.value.close();
  tell(worked.ok ? { type: 'finished' } : { type: 'failed', ...worked.error });
  return worked.ok ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    tell({
      type: 'failed',
      reason: 'failed',
      message: error instanceof Error ? error.message : String(error),
    });
    process.exitCode = 1;
  },
);
