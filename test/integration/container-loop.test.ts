/** Loops whose agents, set-up and evidence run in containers, on a real engine. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDocker } from '../../src/adapters/docker/engine.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import type { ListedContainer } from '../../src/ports/container-engine.ts';
import { sharedEngine } from '../support/docker-engine.ts';
import {
  CREW,
  GOOD,
  last,
  LoopBench,
  all,
  removePrograms,
  SUM_FIXED,
  SUM_REPOSITORY,
  type LoopRun,
} from './loop/fixture.ts';
import { BenchContainers } from './loop/in-containers.ts';

const shared = await sharedEngine('loops in containers');
const address = { source: 'DOCKER_HOST', host: shared?.host ?? 'unix:///none' } as const;

/** Passes inside of a container alone. */
const INSIDE = `import { readFileSync } from 'node:fs';
if (!/^(?:docker|podman)-init/.test(readFileSync('/proc/1/comm', 'utf8'))) process.exit(1);
`;
const REPOSITORY = {
  ...SUM_REPOSITORY,
  'crew.mjs': readFileSync(CREW, 'utf8'),
  'test/inside.test.js':
    "import test from 'node:test';\nimport '../inside.mjs';\ntest('inside', () => undefined);\n",
  'inside.mjs': INSIDE,
};
const SPEC = 'exec:node crew.mjs scenario.json';

let bench: LoopBench;
let kept: BenchContainers;
beforeEach(() => {
  bench = new LoopBench();
  kept = new BenchContainers(bench, address);
  Object.assign(bench.env, { DOCKER_HOST: address.host, CFN_LOG: 'ERROR' });
});
afterEach(async () => {
  const left = shared
    ? [...(await kept.containers()), ...(await kept.networks())].map(({ name }) => name)
    : [];
  bench.finish();
  if (left.length > 0) throw new Error(`Of the engine there is left: ${left.join(', ')}`);
});
afterAll(removePrograms);

/** The script stands in the repository, as nothing else of the machine is inside. */
const create = (scenario: object) =>
  bench.create({ ...REPOSITORY, 'scenario.json': JSON.stringify(scenario) });

const FLAGS = [
  ...'--runtime container --image cfn-base:local --network none --evidence'.split(' '),
  'node --test',
];
const run = (...args: readonly string[]): Promise<LoopRun> =>
  bench.cfn('run', '--json', '--task', 'Make sum add', '--task-id', 'sum', ...crew(args), ...FLAGS, ...args);
const crew = (args: readonly string[]): readonly string[] =>
  [
    ['--implementer', `worker=${SPEC}`],
    ['--validator', `v1=${SPEC}`],
    ['--product-owner', `owner=${SPEC}`],
  ].flatMap(([flag = '', spec = '']) => (args.includes(flag) ? [] : [flag, spec]));

const starts = (made: LoopRun) =>
  all(made, 'AgentStarted').map(({ agentId, containerId, pid }) => ({ agentId, containerId, pid }));

describe.skipIf(!shared)('a loop in containers', () => {
  it('[SI-020] [SI-060…065] [P3-103] goes from the task to PROCEED with nothing run outside', async () => {
    const look =
      'echo "$(pwd)|$(id -u)|$(cat /proc/1/comm)|$(git log --format=%s | tail -1)|$WORKTREE_BRANCH"; cp test/sum.test.js /workspace/copy.txt; git add -A; git -c user.name=a -c user.email=a@b.c commit -qm mine';
    await create({
      ...GOOD,
      implementer: [
        {
          write: { 'src/sum.js': SUM_FIXED },
          run: [look],
          report: { confidence: 0.93, summary: 'adds now' },
        },
      ],
    });
    const made = await run();
    expect(made).toMatchObject({ code: 0, stderr: expect.not.stringContaining('rror') });
    expect(last(made, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
    for (const { containerId, pid } of starts(made)) {
      expect(containerId).toMatch(/^[0-9a-f]{64}$/);
      expect(pid).toBeUndefined();
    }
    // Evidence that passes in a container alone has passed.
    expect(last(made, 'GateChecked')).toMatchObject({ passed: true, evidence: 'passed' });
    expect(bench.git('show', 'cfn/sum/result:copy.txt')).toContain('adds');
    // Its own commit stays with the attempt's.
    expect(bench.git('log', '--format=%s', 'refs/cfn/sum/1/worker/1')).toContain('mine');
    const said = await bench.cfn('logs', 'sum');
    expect(said.code).toBe(0);
    const worktree = join(bench.folder, 'my repo.cfn', 'sum', 'worker');
    expect(statSync(join(worktree, 'src/sum.js')).uid).toBe(process.getuid?.());
    expect(bench.git('status', '--porcelain')).toBe('');
  });

  it('[FL-080…082] replays the trace of the seeds', async () => {
    const issues = [{ severity: 'warning', text: 'negative numbers are untested' }];
    await create({
      ...GOOD,
      implementer: [
        { write: { 'src/sum.js': SUM_FIXED }, result: { confidence: 0.75, issues } },
        { write: { 'src/sum.js': `${SUM_FIXED}// negative numbers too\n` }, result: { confidence: 0.93 } },
      ],
    });
    const made = await run('--gate', '0.85');
    expect(made).toMatchObject({ code: 0 });
    expect(all(made, 'GateChecked').map((gate) => [gate['actualConfidence'], gate['passed']])).toEqual([
      [0.75, false],
      [0.93, true],
    ]);
    expect(
      new Set(all(made, 'TransferPoint').map(({ point, verified }) => [point, verified].join())),
    ).toEqual(new Set([1, 2, 3, 4, 5, 6, 7].map((point) => `${point},true`)));
    expect(last(made, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 2 });
  });

  it('[DP-016] [SI-022] runs eight agents at a time, each in a network of its own', async () => {
    await create({
      ...GOOD,
      implementer: [
        {
          run: ['echo "at $(hostname -i)."'],
          write: { 'src/sum.js': SUM_FIXED },
          result: { confidence: 0.93 },
        },
      ],
    });
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const made = await run(
      '--strategy',
      'race',
      '--max-parallel-agents',
      '8',
      '--network',
      'internal',
      ...names.flatMap((name) => ['--implementer', `${name}=${SPEC}`]),
    );
    expect(made).toMatchObject({ code: 0 });
    expect(
      new Set(
        starts(made)
          .slice(0, 8)
          .map(({ containerId }) => containerId),
      ).size,
    ).toBe(8);
    const subnets = kept.transcripts().flatMap((text) => /at (10\.2\d+\.\d+)\.\d+\./.exec(text)?.[1] ?? []);
    expect(new Set(subnets).size).toBe(8);
    expect(last(made, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
  });
});

describe.skipIf(!shared)('an agent that takes more than it was given', () => {
  const ends = async (command: string, ...args: readonly string[]) => {
    await create({ ...GOOD, implementer: [{ run: [command], result: { confidence: 0.9, issues: [] } }] });
    const made = await run('--max-iterations', '1', ...args);
    return { exit: all(made, 'AgentExited').at(0), said: kept.transcripts().join('\n') };
  };
  it('[SI-027] is ended when its memory runs out, and that is what is said', async () => {
    await create(GOOD);
    const hog = 'exec:node -e "const a=[];for(;;)a.push(Buffer.alloc(1e7,1))"';
    const made = await run('--implementer', `worker=${hog}`, '--memory', '96m', '--max-iterations', '1');
    expect(all(made, 'AgentExited').at(0)).toMatchObject({ agentId: 'worker', ending: 'oom' });
    expect(kept.transcripts().join('\n')).toContain("The container's memory of 96 MB ran out.");
  });

  it('cannot start processes without end', async () => {
    const { said } = await ends('f() { f | f & }; f; sleep 2; echo held at $(ls -d /proc/[0-9]* | wc -l)');
    expect(said).toMatch(/held at \d+|Resource temporarily unavailable|fork/);
  });

  it('fills no disk but its worktree', async () => {
    const { said } = await ends(
      'dd if=/dev/zero of=/tmp/full bs=1M count=2000; dd if=/dev/zero of=/usr/full bs=1M count=1',
    );
    expect(said).toContain('No space left on device');
    expect(said).toContain('Read-only file system');
  });
});

describe.skipIf(!shared)('what an agent reaches', () => {
  it('[SI-022] [DP-092] is the loop alone in an internal network, by the names of the services', async () => {
    const look = [
      'echo "store $(redis-cli -u "$CFN_REDIS_URL" ping) by ${CFN_REDIS_URL##*@}"',
      'echo "mcp $(curl -s -o /dev/null -w %{http_code} -X POST "$CFN_MCP_URL") at $CFN_MCP_URL"',
      'echo "with $(curl -s -o /dev/null -w %{http_code} -X POST -H "Authorization: Bearer $CFN_MCP_TOKEN" -H "Accept: application/json, text/event-stream" -H "Content-Type: application/json" -d "{}" "$CFN_MCP_URL")"',
      'echo "out $(curl -s -m 3 -o /dev/null -w %{http_code} http://192.0.2.1/)"',
      'echo "name $(curl -s -m 3 -o /dev/null -w %{http_code} http://example.com/)"',
    ];
    await create({
      ...GOOD,
      implementer: [{ run: look, write: { 'src/sum.js': SUM_FIXED }, result: { confidence: 0.93 } }],
    });
    const made = await run('--network', 'internal');
    expect(made).toMatchObject({ code: 0 });
    const said = kept.transcripts().join('\n');
    expect(said).toMatch(/store PONG by redis:\d+/);
    expect(said).toMatch(/mcp 401 at http:\/\/orchestrator:\d+\/mcp/);
    expect(said).toMatch(/with (?:400|406)/);
    expect(said).toContain('out 000');
    expect(said).toContain('name 000');
  });
});

describe.skipIf(!shared)('what others can see', () => {
  it('[DP-093] shows no secret of an agent to whoever asks the engine, nor in journal and logs', async () => {
    await create({
      ...GOOD,
      implementer: [{ run: ['sleep 3'], write: { 'src/sum.js': SUM_FIXED }, result: { confidence: 0.93 } }],
    });
    const started = await bench.start([
      'run',
      '--json',
      '--task',
      'Make sum add',
      '--task-id',
      'sum',
      ...crew([]),
      ...FLAGS,
    ]);
    let found: readonly ListedContainer[] = [];
    while (found.every(({ labels, state }) => labels[LABELS.agent] !== 'worker' || state !== 'running'))
      found = await kept.containers();
    const agent = found.find(({ labels }) => labels[LABELS.agent] === 'worker');
    const told = JSON.stringify(
      await openDocker(address)
        .getContainer(agent?.id ?? '')
        .inspect(),
    );
    const spec = kept.files().find((path) => path.endsWith('spec.json'));
    const { nonce } = JSON.parse(readFileSync(spec ?? '', 'utf8')) as { nonce: string };
    expect(told).not.toContain(nonce);
    expect(told).not.toMatch(/CFN_NONCE=|CFN_REDIS_URL=|CFN_MCP_TOKEN=/);
    expect((await started.ended).code).toBe(0);
  });
});
