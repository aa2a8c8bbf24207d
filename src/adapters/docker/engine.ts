import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { err, ok, type Result } from '../../base/result.ts';
import type { EngineAddress, EngineError } from '../../domain/containers/engine.ts';
import { DialAgent, dialTcp, dialTls, type Dial } from './dial.ts';
import { dialSsh, SSH_FAILED } from './dial-ssh.ts';

/** For an answer that the engine has at hand. */
export const ANSWER_MS = 10_000;

/** A client for one engine; nothing is connected before the first call. Throws where an address cannot be read. */
export function openDocker(address: EngineAddress): Docker {
  return new Docker(optionsOf(address));
}

function optionsOf({ host, certificates }: EngineAddress): Docker.DockerOptions {
  const socket = /^(?:unix|npipe):\/\/(.+)$/.exec(host)?.[1];
  // What is not named here, the library takes from the environment, which may name another engine.
  const none = { host: undefined, port: undefined, ca: undefined, cert: undefined, key: undefined };
  if (socket !== undefined) return { ...none, protocol: 'http', socketPath: socket };
  // It wants to have a path, which nothing looks at; a host it would take apart by a call that Node warns of.
  const agent = agentOf(host, certificates);
  const dialled = { ...none, protocol: 'http' as const, socketPath: host, agent };
  return dialled;
}

const agents = new Map<string, DialAgent>();

/** All clients of one engine share it. */
function agentOf(host: string, certificates: string | undefined): DialAgent {
  const key = JSON.stringify([host, certificates]);
  const agent = agents.get(key) ?? new DialAgent(dialOf(host, certificates));
  agents.set(key, agent);
  return agent;
}

function dialOf(host: string, certificates: string | undefined): Dial {
  const { protocol, hostname, port, username } = new URL(host);
  // The library would ask an engine of its own choice.
  if (hostname === '') throw new Error('it names no host');
  const name = hostname.replace(/^\[|\]$/g, '');
  if (protocol === 'ssh:') return dialSsh({ host: name, port, user: decodeURIComponent(username) });
  if (certificates === undefined) return dialTcp({ host: name, port: Number(port || 2375) });
  const pem = (file: string) => readFileSync(join(certificates, `${file}.pem`), 'utf8');
  return dialTls(
    { host: name, port: Number(port || 2376) },
    { ca: pem('ca'), cert: pem('cert'), key: pem('key') },
  );
}

export interface Call {
  /** Ends the call as `cancelled`. */
  readonly signal?: AbortSignal;
  /** Over it the call ends as `late`, because an engine that hangs never answers. */
  readonly deadlineMs?: number;
}

/** One call: `what` completes "The container engine … "; the given signal has to be passed on to the library. */
export async function ask<T>(
  what: string,
  { signal, deadlineMs = ANSWER_MS }: Call,
  call: (abortSignal: AbortSignal) => Promise<T>,
): Promise<Result<T, EngineError>> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  try {
    // Some answers are streams, and the library lets a call that is aborted hang where it waits for one.
    return ok(await Promise.race([call(either), aborted(either)]));
  } catch (error) {
    if (signal?.aborted === true) return err({ kind: 'cancelled', message: `To ${what} was cancelled.` });
    if (deadline.aborted)
      return err({
        kind: 'late',
        message: `The container engine did not ${what} within ${deadlineMs / 1000} s.`,
      });
    return err(engineError(what, error));
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

const UNREACHABLE = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EACCES',
  'EPIPE',
  'ENOTFOUND',
  'EHOSTUNREACH',
]);
const TAKEN = /already (?:in use|used|allocated|exists)|overlaps|same bridge name/;

export function engineError(what: string, error: unknown): EngineError {
  const { code, statusCode } = fieldsOf(error);
  const said = messageOf(error);
  if (code !== undefined && UNREACHABLE.has(code)) {
    const why = code === 'EACCES' ? 'this account may not use its socket' : code;
    return { kind: 'unreachable', message: `The container engine cannot be reached (${why}).` };
  }
  if (code === SSH_FAILED)
    return { kind: 'unreachable', message: `The container engine cannot be reached: ${said}` };
  const message = `The container engine could not ${what}: ${said}`;
  // Podman answers 500 where Docker says 409.
  if (TAKEN.test(said)) return { kind: 'conflict', message };
  if (statusCode === 404) return { kind: 'missing', message };
  return { kind: 'refused', message };
}

function fieldsOf(error: unknown): { readonly code?: string; readonly statusCode?: number } {
  if (typeof error !== 'object' || error === null) return {};
  return {
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...('statusCode' in error && typeof error.statusCode === 'number'
      ? { statusCode: error.statusCode }
      : {}),
  };
}

/** The engine's own words, which the library keeps in `json`. */
function messageOf(error: unknown): string {
  const json = typeof error === 'object' && error !== null && 'json' in error ? error.json : null;
  if (typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string')
    return json.message;
  return error instanceof Error ? error.message : String(error);
}
