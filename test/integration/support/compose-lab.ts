/** Services of Compose files on a real engine, started as a person does it: `cfn compose --write`, then Compose itself. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import type Docker from 'dockerode';
import { openDocker } from '../../../src/adapters/docker/engine.ts';
import type { EngineAddress } from '../../../src/domain/containers/engine.ts';

const run = promisify(execFile);
export const BASE = 'docker-compose.yml';
export const WORKTREE = 'docker-compose.worktree.yml';
export const ENVIRONMENT = 'docker-compose.worktree.env';

/** Compose 2 where it is installed, else 1. */
export const compose: readonly string[] | null = await run('docker', ['compose', 'version'])
  .then(() => ['docker', 'compose'])
  .catch(() => run('docker-compose', ['version']).then(() => ['docker-compose']))
  .catch(() => null);

export interface Run {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ComposeWorktree {
  readonly at: string;
  readonly project: string;
  readonly variables: NodeJS.Dict<string>;
}

interface LabOptions {
  readonly engine: EngineAddress;
  /** `cfn compose` in this folder. */
  readonly cfn: (cwd: string, ...argv: readonly string[]) => Promise<Run>;
  /** Images of services, by their variables. */
  readonly images: NodeJS.Dict<string>;
}

export class ComposeLab {
  readonly docker: Docker;
  readonly #options: LabOptions;
  readonly #started: string[] = [];
  constructor(options: LabOptions) {
    this.#options = options;
    this.docker = openDocker(options.engine);
  }

  async up(at: string, ...argv: readonly string[]): Promise<void> {
    const [program = '', ...words] = compose ?? [];
    const { engine, images } = this.#options;
    await run(program, [...words, '--env-file', ENVIRONMENT, '-f', BASE, '-f', WORKTREE, ...argv], {
      cwd: at,
      env: { ...process.env, DOCKER_HOST: engine.host, MCP_AUTH_TOKEN: 'x', ...images },
    });
  }

  async worktree(at: string, branch: string, ...argv: readonly string[]): Promise<ComposeWorktree> {
    const written = await this.#options.cfn(at, '--worktree', branch, '--write', ...argv);
    if (written.code !== 0) throw new Error(written.stderr);
    const variables = parseEnv(await readFile(join(at, ENVIRONMENT), 'utf8'));
    this.#started.push(at);
    return { at, project: variables['COMPOSE_PROJECT_NAME'] ?? '', variables };
  }

  /** Takes down whatever was started, with its volumes. */
  async close(): Promise<void> {
    const profiles = ['orchestrator', 'mcp', 'postgres'].flatMap((name) => ['--profile', name]);
    for (const at of this.#started.splice(0)) await this.up(at, ...profiles, 'down', '-v', '-t', '2');
  }

  async containerOf(project: string, service: string): Promise<Docker.Container> {
    const [found] = await this.docker.listContainers({
      all: true,
      filters: { label: [`com.docker.compose.project=${project}`, `com.docker.compose.service=${service}`] },
    });
    if (found === undefined) throw new Error(`${project} has no ${service}`);
    return this.docker.getContainer(found.Id);
  }

  async healthy(project: string, service: string): Promise<void> {
    const container = await this.containerOf(project, service);
    for (;;) {
      const { State: state } = await container.inspect();
      if (state.Health?.Status === 'healthy') return;
      if (!state.Running || state.Health?.Status === 'unhealthy')
        throw new Error(
          `${service}: ${JSON.stringify(state)} ${(await container.logs({ stderr: true, stdout: true })).toString()}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async inside(project: string, service: string, script: string): Promise<string> {
    const { id } = await this.containerOf(project, service);
    const { stdout } = await run('docker', ['exec', id, 'bash', '-c', script], {
      env: { ...process.env, DOCKER_HOST: this.#options.engine.host },
    });
    return stdout.trim();
  }
}

/** What is answered to a text over TCP first, or the code of the failure. */
export function answer(host: string, port: string | undefined, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: 5000 });
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    socket.once('timeout', () => resolve('late'));
    socket.once('data', (chunk) => {
      socket.destroy();
      resolve(chunk.toString().trim());
    });
    socket.write(text);
  });
}

/** A repository with one commit. */
export async function emptyRepository(folder: string): Promise<string> {
  const path = await mkdtemp(join(folder, 'repository-'));
  await run('git', ['init', '-q', path]);
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@b'];
  await run('git', ['-C', path, ...who, 'commit', '-qm', 'x', '--allow-empty']);
  return path;
}
