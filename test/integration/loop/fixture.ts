/** Real loops: the built `cfn`, real git repositories, real agent processes. */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));
export const CREW = join(root, 'test/fixtures/agents/crew.mjs');

export interface PublicEvent {
  readonly type: string;
  readonly iteration: number;
  readonly [field: string]: unknown;
}

export interface LoopRun {
  readonly code: number | null;
  readonly events: readonly PublicEvent[];
  readonly stderr: string;
}

let built: Promise<string> | undefined;

/** Builds the programs once per test file, into a folder of its own. */
export function programs(): Promise<string> {
  built ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cfn-programs-'));
    // As an installation is: agents in containers are another user.
    chmodSync(folder, 0o755);
    await promisify(execFile)(process.execPath, ['esbuild.mjs', `--outdir=${folder}`], { cwd: root });
    return folder;
  })();
  return built;
}

export async function removePrograms(): Promise<void> {
  if (built) rmSync(await built, { recursive: true, force: true });
}

/** A repository whose only test fails until `sum` adds. */
export const SUM_REPOSITORY: Readonly<Record<string, string>> = {
  'package.json':
    '{ "name": "sum", "version": "1.0.0", "type": "module", "scripts": { "test": "node --test" } }\n',
  'src/sum.js': 'export const sum = (a, b) => a - b;\n',
  'test/sum.test.js': [
    "import test from 'node:test';",
    "import assert from 'node:assert/strict';",
    "import { sum } from '../src/sum.js';",
    "test('adds', () => assert.equal(sum(1, 2), 3));",
    "test('adds nothing', () => assert.equal(sum(1, 0), 1));",
    '',
  ].join('\n'),
};
export const SUM_FIXED = 'export const sum = (a, b) => a + b;\n';

export class LoopBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'cfn loop-'));
  readonly repository = join(this.folder, 'my repo');
  readonly env: NodeJS.ProcessEnv = {
    ...process.env,
    XDG_STATE_HOME: join(this.folder, 'state'),
    XDG_CONFIG_HOME: join(this.folder, 'config'),
    GIT_CONFIG_GLOBAL: join(this.folder, 'gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    CFN_DEMO_PAUSE_MS: '0',
  };

  async create(files: Readonly<Record<string, string>> = SUM_REPOSITORY): Promise<this> {
    writeFileSync(join(this.folder, 'gitconfig'), '[user]\n\tname = Tester\n\temail = tester@example.org\n');
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.repository, path)), { recursive: true });
      await writeFile(join(this.repository, path), text);
    }
    this.git('init', '-q', '-b', 'main');
    this.git('add', '-A');
    this.git('commit', '-q', '-m', 'base');
    return this;
  }

  git(...args: readonly string[]): string {
    return execFileSync('git', args, { cwd: this.repository, env: this.env, encoding: 'utf8' }).trim();
  }

  /** An `exec:` SPEC that plays a scenario. */
  crew(scenario: object): string {
    const file = join(this.folder, 'scenario.json');
    writeFileSync(file, JSON.stringify(scenario));
    return `exec:'${process.execPath}' '${CREW}' '${file}'`;
  }

  /** Starts `cfn`; standard output is collected as it comes. */
  async start(
    args: readonly string[],
    onEvent?: (event: PublicEvent, child: ChildProcess) => void,
  ): Promise<{
    readonly child: ChildProcess;
    readonly ended: Promise<LoopRun>;
  }> {
    const cli = join(await programs(), 'cli.js');
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: this.repository,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const events: PublicEvent[] = [];
    let rest = '';
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (!args.includes('--json')) continue;
        const event = JSON.parse(line) as PublicEvent;
        events.push(event);
        onEvent?.(event, child);
      }
    });
    const ended = new Promise<LoopRun>((resolve) => {
      child.once('close', (code) => resolve({ code, events, stderr }));
    });
    return { child, ended };
  }

  async cfn(...args: readonly string[]): Promise<LoopRun> {
    return (await this.start(args)).ended;
  }

  /** `cfn run --json` with one scenario behind all agents; more arguments win. */
  run(scenario: object, ...args: readonly string[]): Promise<LoopRun> {
    return this.cfn(...this.runArguments(scenario, args));
  }

  runArguments(scenario: object, args: readonly string[] = []): readonly string[] {
    const spec = this.crew(scenario);
    const given = args.join(' ');
    const role = (flag: string, ...specs: readonly string[]) =>
      given.includes(flag) ? [] : specs.flatMap((value) => [flag, value]);
    return [
      'run',
      '--json',
      ...(given.includes('--task ') ? [] : ['--task', 'Make sum add']),
      ...(given.includes('--task-id') ? [] : ['--task-id', 'sum']),
      ...role('--implementer', `worker=${spec}`),
      ...role('--validator', `v1=${spec}`, `v2=${spec}`),
      ...role('--product-owner', `owner=${spec}`),
      ...args.map((arg) => arg.replaceAll('CREW', spec)),
    ];
  }

  /** Processes that carry something of this bench in their environment or command line. */
  leftovers(): readonly string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .flatMap((pid) => {
        try {
          const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
          const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
          const ours = environment.includes(this.folder) || command.includes(this.folder);
          // The coordination store outlives loops on purpose, for a minute.
          return ours && !command.includes('store.js') ? [`${pid} ${command}`] : [];
        } catch {
          return [];
        }
      });
  }

  /** Fails the test when a process of the bench is still there. */
  finish(): void {
    let left = this.leftovers();
    // A runner writes its record and ends a moment later.
    for (let looks = 0; left.length > 0 && looks < 30; looks += 1) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      left = this.leftovers();
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
    if (left.length > 0) throw new Error(`Left running:\n${left.join('\n')}`);
  }
}

export const last = (run: LoopRun, type: string): PublicEvent | undefined =>
  run.events.findLast((event) => event.type === type);

export const all = (run: LoopRun, type: string): readonly PublicEvent[] =>
  run.events.filter((event) => event.type === type);

/** A crew that does everything right. */
export const GOOD = {
  implementer: [{ write: { 'src/sum.js': SUM_FIXED }, result: { confidence: 0.93, summary: 'adds now' } }],
  validator: [{ result: { score: 0.95 } }],
  'product-owner': [{ result: { decision: 'PROCEED', reason: 'done' } }],
};
