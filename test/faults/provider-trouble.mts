/** Loops side by side with a provider that refuses, fails and hangs, under budgets of the loops and of the day. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { LoopRun, PublicEvent } from '../integration/loop/fixture.ts';
import { compare, createFaultBench, journaled, type FaultBench } from './bench.mts';
import { census } from './census.mts';
import { newTally, type Soak, type SoakOptions, type Tally } from './line.mts';

const DEAREST_USD = 0.05;
const LOOP_USD = 1.5;
/** What one more loop may cost at the end, on a day that is nearly spent. */
const REST_USD = 0.2;
const HAIR = 1e-6;

/** What happens to a run follows from the seed and its place; each notes its real cost, told or not. */
const CLAUDE = `#!${process.execPath}
  import { createHash } from 'node:crypto';
  import { appendFileSync, writeFileSync } from 'node:fs';
  import { join } from 'node:path';
  const { TASK_ID: task, AGENT_ID: id, CFN_ROLE: role, CFN_ITERATION, CFN_ATTEMPT, CFN_NONCE: nonce, CFN_RESULT_FILE: file, HOME: home, ANTHROPIC_CUSTOM_HEADERS: seed } = process.env;
  if (process.argv.includes('--version')) {
    console.log('2.0.0 (Claude Code)');
    process.exit(0);
  }
  const place = [seed, task, id, CFN_ITERATION, CFN_ATTEMPT].join(' ');
  const chance = createHash('sha256').update(place).digest().readUInt32BE(0) / 2 ** 32;
  const print = (event) => process.stdout.write(JSON.stringify({ session_id: 's', ...event }) + '\\n');
  const end = (usd, event) => {
    appendFileSync(join(home, 'spent'), JSON.stringify({ task, usd }) + '\\n');
    print({ type: 'result', subtype: 'success', is_error: false, result: 'done', usage: { input_tokens: 10, output_tokens: 2 }, total_cost_usd: usd, ...event });
  };
  process.stdin.resume();
  print({ type: 'system', subtype: 'init', model: 'scripted' });
  const results = {
    implementer: { nonce, confidence: 0.9, summary: 'more', files: [], issues: [] },
    validator: { nonce, score: 0.95, findings: [], confirmed: [] },
    'product-owner': { nonce, decision: 'ITERATE', reason: 'more', feedback: ['more'], deferred: [] },
  };
  if (chance < 0.04) setInterval(() => undefined, 60_000);
  else if (chance < 0.12) end(0.01, { is_error: true, subtype: 'error_during_execution', result: 'server error' });
  else if (chance < 0.22) end(0.005, { is_error: true, api_error_status: 429, result: 'rate limit, retry after 1 s' });
  else {
    if (role === 'implementer') writeFileSync(id + '.txt', place + '\\n');
    writeFileSync(file, JSON.stringify(results[role]));
    end(0.02 + 0.03 * chance, {});
  }
  if (chance >= 0.04) process.stdin.on('end', () => process.exit(0));
`;

function equip({ bench, folder }: FaultBench, seed: number): void {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(bin, 'claude'), CLAUDE);
  chmodSync(join(bin, 'claude'), 0o755);
  Object.assign(bench.env, {
    PATH: [bin, process.env['PATH']].join(delimiter),
    SHELL: '/bin/sh',
    SHLVL: '1',
    ANTHROPIC_CUSTOM_HEADERS: String(seed),
  });
  configure(folder, null);
}

function configure(folder: string, budgetPerDay: number | null): void {
  const config = join(folder, 'config', 'cfn');
  mkdirSync(config, { recursive: true });
  const limit = budgetPerDay ?? 1000;
  const settings = { version: 1, idleTimeout: 2, maxAgentRuns: 400, budgetPerDay: limit };
  writeFileSync(join(config, 'config.json'), JSON.stringify(settings));
}

const FLAGS =
  '--json --strategy split --evidence none --on-budget stop --max-parallel-agents 3 --implementer one=claude --implementer two=claude --validator v1=claude --validator v2=claude --product-owner claude --task More'.split(
    ' ',
  );

/** How `cfn` ends at a loop that waits for a person. */
const WAITS = 5;

/** Where agents in a row fail, a loop waits for a person; here that one always wants one more iteration. */
async function runLoop({ bench }: FaultBench, task: string, iterations: number): Promise<LoopRun> {
  const own = ['--task-id', task, '--max-iterations', String(iterations), '--budget', String(LOOP_USD)];
  let run = await bench.cfn('run', ...own, ...FLAGS);
  const events = [...run.events];
  for (let left = iterations; run.code === WAITS && left > 0; left -= 1) {
    run = await bench.cfn('decide', task, 'ITERATE', '--feedback', 'more', '--json');
    events.push(...run.events);
  }
  return { ...run, events };
}

function spent(folder: string, task?: string): number {
  const lines = readFileSync(join(folder, 'home', 'spent'), 'utf8')
    .trim()
    .split('\n');
  return lines
    .map((line) => JSON.parse(line) as { readonly task: string; readonly usd: number })
    .filter((run) => task === undefined || run.task === task)
    .reduce((sum, { usd }) => sum + usd, 0);
}

const TROUBLE = new Set<unknown>(['rate-limited', 'failed', 'idle']);
const ofType = (events: readonly PublicEvent[], type: string) =>
  events.filter((event) => event.type === type);

/** Counts a loop that has ended; gives how many iterations it made. */
async function count(place: FaultBench, task: string, run: LoopRun, tally: Tally): Promise<number> {
  const { events } = run;
  tally.acknowledged += events.length;
  tally.faults += ofType(events, 'AgentExited').filter(({ ending }) => TROUBLE.has(ending)).length;
  compare(events, await journaled(place.store(), task), tally);
  const cost = spent(place.folder, task);
  if (cost > LOOP_USD + DEAREST_USD + HAIR)
    tally.failures.push(`${task} cost $${cost.toFixed(3)} of $${LOOP_USD}`);
  const finished = ofType(events, 'LoopFinished');
  if (finished.length !== 1) tally.failures.push(`${task} ended ${finished.length} times: ${run.stderr}`);
  return Math.max(0, ...events.map(({ iteration }) => iteration));
}

/** A last loop on a day with little left: it ends at the limit of the day, which nobody passes by more than one run. */
async function dayEnds(place: FaultBench, tally: Tally): Promise<void> {
  const limit = spent(place.folder) + REST_USD;
  configure(place.folder, limit);
  const run = await runLoop(place, 'last', 10);
  await count(place, 'last', run, tally);
  const cost = spent(place.folder);
  if (cost > limit + DEAREST_USD + HAIR)
    tally.failures.push(`the day cost $${cost.toFixed(3)} of $${limit.toFixed(3)}`);
  const reached = ofType(run.events, 'DayBudgetReached').length;
  if (reached !== 1) tally.failures.push(`the limit of the day was told ${reached} times`);
}

async function leftovers(place: FaultBench, tally: Tally): Promise<void> {
  const { folder, state } = place;
  const { process: running } = await census(place);
  const slots = readdirSync(join(state, 'agents')).filter((name) => /^(?:agent|waiting)-/.test(name));
  tally.orphans = { ...tally.orphans, process: running.length, lock: slots.length };
  const books = readdirSync(join(state, 'spending')).filter((name) => name.endsWith('.json'));
  const endedOf = (name: string): boolean =>
    (JSON.parse(readFileSync(join(state, 'spending', name), 'utf8')) as { ended: boolean }).ended;
  const open = books.filter((name) => !endedOf(name));
  if (open.length > 0) tally.failures.push(`${open.length} reservations of the day are left in ${folder}`);
}

async function run({ rounds, seed, say }: SoakOptions): Promise<Tally> {
  const tally = newTally();
  const place = await createFaultBench();
  try {
    equip(place, seed);
    let iterations = 0;
    for (let number = 1; iterations < rounds; number += 1) {
      const tasks = [`left-${number}`, `right-${number}`];
      const most = Math.min(10, Math.max(2, Math.ceil((rounds - iterations) / tasks.length)));
      const ended = await Promise.all(
        tasks.map(async (task) => [task, await runLoop(place, task, most)] as const),
      );
      for (const [task, each] of ended) iterations += await count(place, task, each, tally);
      say(`${iterations} of ${rounds} iterations, $${spent(place.folder).toFixed(2)}`);
    }
    await dayEnds(place, tally);
    await leftovers(place, tally);
    tally.notes.push(`${iterations} iterations for $${spent(place.folder).toFixed(2)}`);
    return tally;
  } finally {
    place.remove();
  }
}

export const providerTrouble: Soak = {
  id: 'i',
  title: 'a provider that refuses, fails and hangs, under budgets',
  // Iterations, over all loops together.
  rounds: 200,
  floor: 3,
  run,
};
