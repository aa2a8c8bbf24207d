/** The same loop with and without COST_SAVINGS_MODE: what is the same, and what is saved. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { all, LoopBench, removePrograms, SUM_FIXED, type LoopRun } from './fixture.ts';

afterAll(removePrograms);

const HELD_MB = 48;
/** Holds memory for as long as others of its role need to come. */
const HOLD = `node -e "const held = Buffer.alloc(${HELD_MB} << 20, 1); setTimeout(() => held[0], 1500)"`;
const CREW = {
  implementer: [{ write: { 'src/sum.js': SUM_FIXED }, run: [HOLD], result: { confidence: 0.93 } }],
  validator: [{ run: [HOLD], result: { score: 0.95 } }],
  'product-owner': [{ run: [HOLD], result: { decision: 'PROCEED', reason: 'done' } }],
};

interface Load {
  processes: number;
  megabytes: number;
}

/** What agents of the bench take now, with all that they started and the runners around them. */
function loadOf(folder: string): Load {
  const load = { processes: 0, megabytes: 0 };
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      if (!environment.includes(folder) || !environment.includes('AGENT_ID=')) continue;
      const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      load.processes += 1;
      load.megabytes += Number(resident ?? 0) / 1024;
    } catch {
      // It ended meanwhile.
    }
  }
  return load;
}

interface Measured {
  readonly run: LoopRun;
  readonly atOnce: number;
  readonly most: Load;
  readonly prompts: readonly string[];
}

/** All prompts of a loop, without what differs between any two of them. */
function promptsBelow({ folder }: LoopBench): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('prompt.md'))
    .map((name) => {
      const attempt = join(folder, name, '..');
      const { nonce } = JSON.parse(readFileSync(join(attempt, 'spec.json'), 'utf8')) as { nonce: string };
      const prompt = readFileSync(join(folder, name), 'utf8');
      return prompt
        .replaceAll(nonce, 'NONCE')
        .replaceAll(folder, '')
        .replaceAll(/\b[0-9a-f]{7,64}\b/g, 'HASH');
    })
    .sort();
}

async function measured(mode: string | undefined): Promise<Measured> {
  const bench = await new LoopBench().create();
  try {
    if (mode !== undefined) bench.env['COST_SAVINGS_MODE'] = mode;
    const validators = ['v1', 'v2', 'v3', 'v4'].flatMap((id) => ['--validator', `${id}=CREW`]);
    const args = bench.runArguments(CREW, [...validators, '--max-parallel-agents', '4', '--mode', 'mvp']);
    const most = { processes: 0, megabytes: 0 };
    let [running, atOnce] = [0, 0];
    const { ended } = await bench.start(args, ({ type }) => {
      running += type === 'AgentStarted' ? 1 : type === 'AgentExited' ? -1 : 0;
      atOnce = Math.max(atOnce, running);
    });
    const looking = setInterval(() => {
      const now = loadOf(bench.folder);
      most.processes = Math.max(most.processes, now.processes);
      most.megabytes = Math.max(most.megabytes, now.megabytes);
    }, 50);
    const run = await ended.finally(() => clearInterval(looking));
    return { run, atOnce, most, prompts: promptsBelow(bench) };
  } finally {
    bench.finish();
  }
}

/** The order of agents that run side by side is nobody's choice. */
const counted = ({ events }: LoopRun): readonly string[] => events.map(({ type }) => type).sort();

it.runIf(process.platform === 'linux')(
  '[FL-140] COST_SAVINGS_MODE=yes writes the same hand-overs with one agent at a time, and takes less memory for no fewer tokens',
  async () => {
    const usual = await measured(undefined);
    const saving = await measured('yes');
    const rounded = ({ atOnce, most }: Measured) =>
      `${atOnce} at once, ${most.processes} processes, ${Math.round(most.megabytes)} MB`;
    console.log(`as usual: ${rounded(usual)}; COST_SAVINGS_MODE=yes: ${rounded(saving)}`);

    expect([usual.run.code, saving.run.code]).toEqual([0, 0]);
    const handOvers = ({ run }: Measured) =>
      all(run, 'TransferPoint').map((event) => [event['point'], event['key'], event['verified']]);
    expect(handOvers(saving)).toEqual(handOvers(usual));
    expect(handOvers(saving).map(([point]) => point)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(counted(saving.run)).toEqual(counted(usual.run));
    expect(saving.prompts).toEqual(usual.prompts);
    expect(saving.prompts).toHaveLength(6);

    expect([usual.atOnce, saving.atOnce]).toEqual([4, 1]);
    expect(saving.most.processes).toBeLessThan(usual.most.processes);
    expect(saving.most.megabytes).toBeLessThan(usual.most.megabytes - 2 * HELD_MB);
  },
  300_000,
);
