/**
 * The demo agent: a scripted program without a model or a network. It speaks the public contract between
 * loop and agent and nothing else, so it also shows how small a custom agent can be.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { implement } from './adapters/demo-agent/implementer.ts';
import { decide, validate } from './adapters/demo-agent/reviewer.ts';
import { readText, writeResult, type Assignment } from './adapters/demo-agent/work.ts';

const ROLES = { implementer: implement, validator: validate, 'product-owner': decide } as const;

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

async function readAssignment(env: NodeJS.ProcessEnv): Promise<Assignment> {
  const read: unknown = JSON.parse((await readText(env['CFN_CONTEXT_FILE'] ?? '')) || '{}');
  const context = new Map(Object.entries(typeof read === 'object' && read !== null ? read : {}));
  const pause = Number(env['CFN_DEMO_PAUSE_MS'] ?? 1200);
  const threshold = context.get('scoreThreshold');
  const description = context.get('description');
  return {
    folder: process.cwd(),
    agentId: env['AGENT_ID'] ?? 'demo',
    iteration: Number(env['CFN_ITERATION'] ?? 1),
    nonce: env['CFN_NONCE'] ?? '',
    description: typeof description === 'string' ? description : '',
    feedback: strings(context.get('feedback')),
    scoreThreshold: typeof threshold === 'number' ? threshold : null,
    prompt: await readText(env['CFN_PROMPT_FILE'] ?? ''),
    say: async (line) => {
      process.stdout.write(`${line}\n`);
      if (pause > 0) await sleep(pause);
    },
  };
}

async function main(): Promise<number> {
  const env = process.env;
  const role = Object.entries(ROLES).find(([name]) => name === env['CFN_ROLE']);
  const resultFile = env['CFN_RESULT_FILE'];
  if (role === undefined || resultFile === undefined) {
    process.stderr.write('The demo agent is started by a loop: CFN_ROLE and CFN_RESULT_FILE are not set.\n');
    return 2;
  }
  const assignment = await readAssignment(env);
  const [name, work] = role;
  await assignment.say(
    `● Demo agent (scripted, no model) · ${assignment.agentId} · ${name} · iteration ${assignment.iteration}`,
  );
  await assignment.say(`▸ The task: ${assignment.description.split('\n')[0] ?? ''}`);
  await writeResult(resultFile, { nonce: assignment.nonce, ...(await work(assignment)) });
  process.stdout.write('▸ Result written.\n');
  return 0;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(
      `The demo agent failed: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  },
);
