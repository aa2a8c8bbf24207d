import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readlinkSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { openDocker } from '../../src/adapters/docker/engine.ts';
import { collect, demand } from '../../scripts/run-command.mts';
import { bringBaseImage } from './base-image.ts';
import { makeCertificates } from './certificates.ts';
import { bridgesOf, endProcessesBelow, forwardingRules, unmountBelow } from './engine-leftovers.ts';

export interface OwnEngineOptions {
  /** Containers outlive the engine, and it takes them up again when it is started. */
  readonly liveRestore?: boolean;
  /**
   * It writes rules into the machine's tables: networks are kept apart, and containers reach the outside. Of all engines
   * on one machine the last one to start would take away the others' rules, so only the engine that tests share has them.
   */
  readonly rules?: boolean;
  /** It also answers at a port of 127.0.0.1, to those who have its certificates, as engines of other machines do. */
  readonly tls?: boolean;
}

/** A Docker engine of the tests' own, that may be killed. */
export interface OwnEngine {
  readonly socket: string;
  /** For `DOCKER_HOST`. */
  readonly host: string;
  /** How it is reached as if it were on another machine. */
  readonly elsewhere: { readonly host: string; readonly certificates: string } | null;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Its containers go on until it is started again, and longer with `liveRestore`. */
  kill9(): Promise<void>;
  /** Starts it again after `kill9`. */
  start(): Promise<void>;
  /** Ends it and takes away all that it made. */
  stop(): Promise<void>;
}

/** On a disk: layers of images can lie above each other there, and memory is short. */
const FOLDER = '/var/tmp/cfn-test-engines';
/** Locks and bridges are of a network namespace, and so are folders: `4026531840`. */
const namespace = () => readlinkSync('/proc/self/ns/net').replaceAll(/\D/g, '');
const SLOTS = 16;
const READY_MS = 30_000;
const LOOK_MS = 50;

/** Why none can be started on this machine; `null`: it can. */
export async function whyNoEngine(): Promise<string | null> {
  if (process.platform !== 'linux') return 'engines of tests are for Linux';
  if (process.getuid?.() !== 0) return 'only root can start a Docker engine';
  const lacking = [];
  for (const program of ['dockerd', 'containerd', 'iptables', 'ip', 'setpriv'])
    if ((await collect('which', [program])).code !== 0) lacking.push(program);
  return lacking.length === 0 ? null : `there is no ${lacking.join(', no ')}`;
}

/** Starts one; `cfn-base:local` is there. */
export async function startEngine(options: OwnEngineOptions = {}): Promise<OwnEngine> {
  const engine = new Engine(await claimSlot(), options);
  try {
    await engine.prepare();
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

interface Slot {
  readonly number: number;
  /** The kernel lets go of it with the process that holds it, however that ends. */
  readonly lock: Server;
}

async function claimSlot(): Promise<Slot> {
  for (let number = 0; number < SLOTS; number += 1) {
    const lock = createServer();
    const claimed = await new Promise<boolean>((resolve) => {
      lock.once('error', () => resolve(false));
      lock.listen(`\0cfn-test-engine-${number}`, () => resolve(true));
    });
    // A lock must not keep a process alive that is done.
    if (claimed) return { number, lock: lock.unref() };
  }
  throw new Error(`${SLOTS} engines of tests run already.`);
}

class Engine implements OwnEngine {
  readonly socket: string;
  readonly host: string;
  elsewhere: OwnEngine['elsewhere'] = null;
  readonly #folder: string;
  readonly #bridge: string;
  readonly #slot: Slot;
  readonly #options: OwnEngineOptions;
  readonly #rules = forwardingRules();
  #process: ChildProcess | null = null;
  #pid = 0;

  constructor(slot: Slot, options: OwnEngineOptions) {
    this.#slot = slot;
    this.#options = options;
    this.#folder = join(FOLDER, namespace(), String(slot.number));
    this.#bridge = `cfntest${slot.number}`;
    this.socket = join(this.#folder, 'docker.sock');
    this.host = `unix://${this.socket}`;
  }

  get pid(): number {
    return this.#pid;
  }

  async prepare(): Promise<void> {
    // What a run left here that was killed.
    await this.#clear();
    await mkdir(join(this.#folder, 'data'), { recursive: true });
    await writeFile(join(this.#folder, 'daemon.json'), '{}');
    if (this.#options.tls === true) {
      const certificates = join(this.#folder, 'certificates');
      await mkdir(certificates);
      await makeCertificates(certificates);
      this.elsewhere = { host: `tcp://127.0.0.1:${await freePort()}`, certificates };
    }
    await this.#rules.remember();
    await this.#makeBridge();
    await this.start();
    await bringBaseImage(openDocker({ source: 'socket', host: this.host }));
  }

  async start(): Promise<void> {
    // Its containerd ends with it. One that nobody has collected yet would be taken for a living one.
    await endProcessesBelow(join(this.#folder, 'exec'), 'containerd ');
    await rm(join(this.#folder, 'exec', 'containerd', 'containerd.pid'), { force: true });
    const log = openSync(join(this.#folder, 'log'), 'a');
    // It is told to stop when the process that started it ends, also by kill -9.
    const words = ['--pdeathsig', 'TERM', 'dockerd', ...(await this.#words())];
    const child = spawn('setpriv', words, { stdio: ['ignore', log, log], cwd: '/' });
    closeSync(log);
    this.#process = child;
    this.#pid = child.pid ?? 0;
    const ended = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`dockerd ended with ${code ?? signal}`)));
    });
    ended.catch(() => undefined);
    try {
      await Promise.race([answering(this.socket), ended]);
    } catch (error) {
      child.kill('SIGKILL');
      const said = await readFile(join(this.#folder, 'log'), 'utf8');
      throw new Error(`${String(error)}\n${said.slice(-1500)}`, { cause: error });
    }
  }

  async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    if (!this.#slot.lock.listening) return;
    // Everything it has is below its folder and on its bridges, so that nothing has to be asked of it.
    await this.#end('SIGKILL');
    await this.#clear();
    await new Promise((resolve) => this.#slot.lock.close(resolve));
  }

  async #clear(): Promise<void> {
    await endProcessesBelow(this.#folder);
    await unmountBelow(this.#folder);
    const bridges = [this.#bridge, ...(await bridgesOf(join(this.#folder, 'data')))];
    for (const bridge of bridges) await collect('ip', ['link', 'delete', bridge]);
    if (this.#options.rules === true) await this.#rules.putBack(bridges);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  }

  async #words(): Promise<readonly string[]> {
    const { number } = this.#slot;
    const { liveRestore = false, rules = false } = this.#options;
    const below = (name: string) => join(this.#folder, name);
    return [
      `--data-root=${below('data')}`,
      `--exec-root=${below('exec')}`,
      `--pidfile=${below('pid')}`,
      // Without a file of its own it would read the machine's.
      `--config-file=${below('daemon.json')}`,
      `--host=${this.host}`,
      ...tlsWords(this.elsewhere),
      `--bridge=${this.#bridge}`,
      `--default-address-pool=base=10.${220 + number}.0.0/16,size=24`,
      `--storage-driver=${await storageDriver(this.#folder)}`,
      `--iptables=${rules}`,
      `--live-restore=${liveRestore}`,
    ];
  }

  async #makeBridge(): Promise<void> {
    await demand('ip', ['link', 'add', this.#bridge, 'type', 'bridge']);
    await demand('ip', ['address', 'add', `10.219.${this.#slot.number}.1/24`, 'dev', this.#bridge]);
    await demand('ip', ['link', 'set', this.#bridge, 'up']);
  }
}

function tlsWords(elsewhere: OwnEngine['elsewhere']): readonly string[] {
  if (elsewhere === null) return [];
  const at = (name: string) => join(elsewhere.certificates, `${name}.pem`);
  return [
    `--host=${elsewhere.host}`,
    '--tlsverify',
    `--tlscacert=${at('ca')}`,
    `--tlscert=${at('server')}`,
    `--tlskey=${at('server-key')}`,
  ];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** `vfs` copies every layer, but is there on every file system. */
async function storageDriver(folder: string): Promise<string> {
  const trial = join(folder, 'overlay');
  const below = (name: string) => join(trial, name);
  for (const name of ['lower', 'upper', 'work', 'merged']) await mkdir(below(name), { recursive: true });
  const layers = `lowerdir=${below('lower')},upperdir=${below('upper')},workdir=${below('work')}`;
  const { code } = await collect('mount', ['-t', 'overlay', 'overlay', '-o', layers, below('merged')]);
  if (code === 0) await demand('umount', [below('merged')]);
  await rm(trial, { recursive: true, force: true });
  return code === 0 ? 'overlay2' : 'vfs';
}

async function answering(socketPath: string): Promise<void> {
  const giveUpAt = performance.now() + READY_MS;
  while (!(await answers(socketPath))) {
    if (performance.now() > giveUpAt) throw new Error(`dockerd did not answer within ${READY_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Whether an engine answers at a socket of this machine. */
export function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/_ping', timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
    asked.end();
  });
}
