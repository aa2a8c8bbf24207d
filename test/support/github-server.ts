/** A GitHub server on loopback: the smart HTTP protocol by git itself, and its REST API's pull requests as documented. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface PullOfServer {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
}

export interface GitHubServer {
  readonly url: string;
  readonly api: string;
  /** The bare repository `ada/engine`. */
  readonly repository: string;
  readonly pulls: readonly PullOfServer[];
  /** Its pull requests claim to be at this origin from now on. */
  pretend(origin: string): void;
  close(): Promise<void>;
}

const API = '/api/v3';

/** Takes `token` alone; `ada/engine` is the only repository that it has. */
export async function startGitHubServer(folder: string, token: string): Promise<GitHubServer> {
  const repository = join(folder, 'ada', 'engine.git');
  await mkdir(repository, { recursive: true });
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository]);
  await run('git', ['-C', repository, 'config', 'http.receivepack', 'true']);
  const pulls: PullOfServer[] = [];
  let origin = '';
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost');
    const answered = path.pathname.startsWith(`${API}/`)
      ? answerApi({ request, path, token, pulls, origin, repository })
      : runGit(folder, request, response);
    answered
      .then((answer) => {
        if (!answer) return;
        response.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8' });
        response.end(JSON.stringify(answer.body));
      })
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  origin = url;
  return {
    url,
    api: `${url}${API}`,
    repository,
    pulls,
    pretend: (other) => (origin = other),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Asked {
  readonly request: IncomingMessage;
  readonly path: URL;
  readonly token: string;
  readonly pulls: PullOfServer[];
  readonly origin: string;
  readonly repository: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function answerApi({ request, path, token, pulls, origin, repository }: Asked): Promise<Answer> {
  const sent = request.method === 'POST' ? await text(request) : '';
  if (request.headers.authorization !== `token ${token}`) {
    return { status: 401, body: { message: 'Bad credentials', status: '401' } };
  }
  const shown = (pull: PullOfServer) => ({
    number: pull.number,
    html_url: `${origin}/ada/engine/pull/${pull.number}`,
    head: { ref: pull.head },
    base: { ref: pull.base },
  });
  const place = path.pathname.slice(API.length);
  if (place === '/repos/ada/engine') return { status: 200, body: { default_branch: 'main' } };
  if (place !== '/repos/ada/engine/pulls') return { status: 404, body: { message: 'Not Found' } };
  if (request.method === 'GET') {
    const head = path.searchParams.get('head')?.replace('ada:', '');
    const found = pulls.filter((pull) => pull.head === head && pull.base === path.searchParams.get('base'));
    return { status: 200, body: found.map(shown) };
  }
  const wanted = JSON.parse(sent) as Omit<PullOfServer, 'number'>;
  const invalid = await problemOf(wanted, pulls, repository);
  if (invalid !== null) return { status: 422, body: { message: 'Validation Failed', errors: [invalid] } };
  const pull = { ...wanted, number: pulls.length + 1 };
  pulls.push(pull);
  return { status: 201, body: shown(pull) };
}

async function problemOf(
  { head, base }: Pick<PullOfServer, 'head' | 'base'>,
  pulls: readonly PullOfServer[],
  repository: string,
): Promise<unknown> {
  for (const [field, branch] of Object.entries({ head, base })) {
    const there = await run('git', ['-C', repository, 'rev-parse', '--verify', `refs/heads/${branch}`]).then(
      () => true,
      () => false,
    );
    if (!there) return { resource: 'PullRequest', field, code: 'invalid', message: `${field} is invalid` };
  }
  if (!pulls.some((pull) => pull.head === head && pull.base === base)) return null;
  return {
    resource: 'PullRequest',
    code: 'custom',
    message: `A pull request already exists for ada:${head}.`,
  };
}

/** The CGI program that git brings for this. */
async function runGit(folder: string, request: IncomingMessage, response: ServerResponse): Promise<null> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: request.headers['content-length'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  const answer = Buffer.concat(chunks);
  const end = answer.indexOf('\r\n\r\n');
  const headers = answer
    .subarray(0, end)
    .toString('utf8')
    .split('\r\n')
    .map((line) => line.split(': ', 2) as [string, string]);
  const status = headers.find(([name]) => name === 'Status')?.[1];
  response.writeHead(
    Number.parseInt(status ?? '200', 10),
    headers.filter(([name]) => name !== 'Status').flat(),
  );
  response.end(answer.subarray(end + 4));
  return null;
}
