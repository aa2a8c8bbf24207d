import { once } from 'node:events';
import { createServer as createHttpServer, request, type IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEgressRule } from '../../domain/containers/egress.ts';
import type { EgressProxy, RefusedEgress } from '../../ports/egress-proxy.ts';
import { openEgressProxy } from './egress-proxy.ts';

const CREDENTIAL = { user: 'backend-1', token: 'secret_token' };
const open: { close(): unknown }[] = [];
const refused: RefusedEgress[] = [];
/** What names lead to in these tests; a name that is asked for again gets the next answer. */
const answers = new Map<string, (readonly string[])[]>();
const questions: string[] = [];

beforeEach(() => {
  refused.length = 0;
  questions.length = 0;
  answers.clear();
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function proxy(...rules: readonly string[]): Promise<EgressProxy & { readonly port: number }> {
  const allow = rules.flatMap((text) => {
    const rule = parseEgressRule(text);
    return rule.ok ? [rule.value] : [];
  });
  const opened = await openEgressProxy(
    { bind: '127.0.0.1', allow, credential: CREDENTIAL, onRefused: (one) => refused.push(one) },
    {
      resolve: (host) => {
        questions.push(host);
        const found = answers.get(host)?.shift();
        if (found === undefined) return Promise.reject(new Error('ENOTFOUND'));
        return Promise.resolve(found.map((address) => ({ address, family: 4 })));
      },
      // A server of these tests stands for one outside.
      reach: (address) => (address === '127.0.0.1' ? 'outside' : 'never'),
    },
  );
  if (!opened.ok) throw new Error(opened.error);
  open.push(opened.value);
  return { ...opened.value, port: Number(new URL(opened.value.url).port) };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({ close: () => server.close() });
  return (server.address() as AddressInfo).port;
}

/** Answers every chunk in capitals. */
const shouting = () =>
  listening(
    createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('data', (chunk) => socket.write(chunk.toString().toUpperCase()));
      socket.on('end', () => socket.end('BYE'));
      socket.on('error', () => undefined);
    }),
  );

const AUTHORIZED = `Basic ${Buffer.from(`${CREDENTIAL.user}:${CREDENTIAL.token}`).toString('base64')}`;

async function tunnel(port: number, authority: string, authorization = AUTHORIZED): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  const said = authorization === '' ? '' : `Proxy-Authorization: ${authorization}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${said}\r\n`);
  open.push({ close: () => socket.destroy() });
  await once(socket, 'readable');
  return socket;
}
const everything = async (socket: Socket): Promise<string> => {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
};

interface Got {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

async function get(
  port: number,
  url: string,
  given: { headers?: Record<string, string>; body?: string } = {},
): Promise<Got> {
  const asked = request({
    port,
    host: '127.0.0.1',
    path: url,
    method: given.body === undefined ? 'GET' : 'POST',
    headers: { 'proxy-authorization': AUTHORIZED, ...given.headers },
  });
  asked.end(given.body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, headers: response.headers, text };
}

describe('the egress proxy', () => {
  it('tunnels to a host that is allowed, both ways to the end', async () => {
    const there = await shouting();
    answers.set('api.example.com', [['127.0.0.1']]);
    const { port } = await proxy(`api.example.com:${there}`);
    const socket = await tunnel(port, `api.example.com:${there}`);
    socket.write('hello ');
    socket.end('world');
    const text = await everything(socket);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text.split('\r\n\r\n')[1]).toBe('HELLO WORLDBYE');
    expect(refused).toEqual([]);
  });

  it('loses nothing of what a host sends and then goes away', async () => {
    const size = 8_000_000;
    const there = await listening(createServer((socket) => socket.end(Buffer.alloc(size, 'x'))));
    answers.set('api.example.com', [['127.0.0.1']]);
    const { port } = await proxy(`api.example.com:${there}`);
    const text = await everything(await tunnel(port, `api.example.com:${there}`));
    expect(text.split('\r\n\r\n')[1]).toHaveLength(size);
  });

  it.each([
    ['evil.example:443', 403, 'host', /evil\.example:443 is not among the hosts/],
    ['api.example.com:22', 403, 'port', /may not be reached at this port/],
    ['127.0.0.1:443', 403, 'address', /only names of hosts are allowed/],
    ['[::1]:443', 403, 'address', /only names/],
    ['2130706433:443', 403, 'address', /only names/],
    ['nowhere.example.com:443', 502, 'unresolved', /has no address/],
    ['home.example.com:443', 403, 'inside', /leads to this machine or into a private network/],
    ['api.example.com', 400, 'malformed', /no request that a proxy takes/],
  ])('refuses %s with %d and says why', async (authority, status, why, text) => {
    answers.set('home.example.com', [['127.0.0.2', '10.0.0.1', '169.254.169.254']]);
    const { port } = await proxy('api.example.com', '*.example.com');
    const said = await everything(await tunnel(port, authority));
    expect(said).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(said).toMatch(text);
    expect(refused.map((one) => one.why)).toEqual([why]);
  });

  it.each([
    ['none', ''],
    ['another agent’s', `Basic ${Buffer.from('backend-2:secret_token').toString('base64')}`],
    ['a wrong one', `Basic ${Buffer.from('backend-1:x').toString('base64')}`],
    ['another scheme', 'Bearer secret_token'],
  ])('wants the credential of its agent: %s', async (_, authorization) => {
    const { port } = await proxy('api.example.com');
    const said = await everything(await tunnel(port, 'api.example.com:443', authorization));
    expect(said).toMatch(/^HTTP\/1\.1 407 [^]*proxy-authenticate: Basic/);
    const plain = await get(port, 'http://api.example.com/', {
      headers: { 'proxy-authorization': authorization },
    });
    expect([plain.status, plain.headers['proxy-authenticate']]).toEqual([407, 'Basic realm="cfn"']);
    expect(refused.map(({ why }) => why)).toEqual(['credential', 'credential']);
    expect(questions).toEqual([]);
  });

  it('connects to the address that it checked, whatever the name leads to next', async () => {
    const there = await shouting();
    answers.set('api.example.com', [
      // One of two is this machine's, and the next question would get it alone.
      ['127.0.0.2', '127.0.0.1'],
      ['127.0.0.2'],
    ]);
    const { port } = await proxy(`api.example.com:${there}`);
    const socket = await tunnel(port, `api.example.com:${there}`);
    socket.end('x');
    expect(await everything(socket)).toContain('XBYE');
    expect(questions).toEqual(['api.example.com']);
    expect(await everything(await tunnel(port, `api.example.com:${there}`))).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('forwards plain requests with the name that was checked, and keeps what is its own', async () => {
    const seen: IncomingMessage[] = [];
    const there = await listening(
      createHttpServer((asked, response) => {
        seen.push(asked);
        let body = '';
        asked.on('data', (chunk) => (body += String(chunk)));
        asked.on('end', () => {
          response.writeHead(418, { 'x-there': 'yes', 'set-cookie': ['a=1', 'b=2'], 'keep-alive': 'x' });
          response.end(`${asked.method} ${asked.url} ${body}`);
        });
      }),
    );
    answers.set('api.example.com', [['127.0.0.1'], ['127.0.0.1']]);
    const { port } = await proxy(`api.example.com:${there}`);
    const got = await get(port, `http://api.example.com:${there}/a/b?c=d`, {
      headers: { host: 'evil.example', connection: 'close, x-hop', 'x-hop': '1', 'x-end': '2' },
    });
    expect(got).toMatchObject({ status: 418, text: 'GET /a/b?c=d ' });
    expect(got.headers).toMatchObject({ 'x-there': 'yes', 'set-cookie': ['a=1', 'b=2'] });
    expect(seen[0]?.headers.host).toBe(`api.example.com:${there}`);
    expect(Object.keys(seen[0]?.headers ?? {}).sort()).toEqual(['connection', 'host', 'x-end']);
    const posted = await get(port, `http://api.example.com:${there}/`, { body: 'text' });
    expect(posted.text).toBe('POST / text');
    expect((await get(port, 'http://evil.example/')).status).toBe(403);
    expect((await get(port, '/')).status).toBe(400);
    expect((await get(port, 'https://api.example.com/')).status).toBe(400);
    expect(refused.map(({ why }) => why)).toEqual(['host', 'malformed', 'malformed']);
  });

  it('says that nobody answers', async () => {
    const server = createServer();
    const there = await listening(server);
    server.close();
    answers.set('api.example.com', [['127.0.0.1'], ['127.0.0.1']]);
    const { port } = await proxy(`api.example.com:${there}`);
    expect(await everything(await tunnel(port, `api.example.com:${there}`))).toMatch(
      /502 [^]*does not answer/,
    );
    expect((await get(port, `http://api.example.com:${there}/`)).status).toBe(502);
  });

  it('ends what goes through it when it closes', async () => {
    const there = await shouting();
    answers.set('api.example.com', [['127.0.0.1']]);
    const one = await proxy(`api.example.com:${there}`);
    const socket = await tunnel(one.port, `api.example.com:${there}`);
    const closed = once(socket, 'close');
    socket.resume();
    await one.close();
    await closed;
    expect(socket.destroyed).toBe(true);
    open.length = 0;
  });

  it('says where it cannot listen', async () => {
    expect(
      await openEgressProxy({
        bind: '192.0.2.7',
        allow: [],
        credential: CREDENTIAL,
        onRefused: () => undefined,
      }),
    ).toEqual({
      ok: false,
      error:
        'The egress proxy cannot listen at 192.0.2.7 (EADDRNOTAVAIL); the engine has to run on this machine.',
    });
  });
});
