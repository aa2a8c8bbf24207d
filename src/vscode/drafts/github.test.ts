import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { parseEpic } from '../../protocol/epic-file.ts';
import { epicOfIssue, fetchIssue, parseIssueReference, type IssueReference } from './github.ts';

const parse = (text: string, remotes: readonly string[] = [], enterprise: string | null = null) => {
  const parsed = parseIssueReference(text, { remotes, enterprise });
  return parsed.ok ? parsed.value : parsed.error;
};

describe('the name of an issue', () => {
  const here = { site: 'https://github.com', owner: 'ada', repository: 'sum.js', number: 12 };

  it.each([
    ['https://github.com/ada/sum.js/issues/12', []],
    ['https://github.com/ada/sum.js/issues/12#issuecomment-1', []],
    [' ada/sum.js#12 ', []],
    ['#12', ['git@github.com:ada/sum.js.git']],
    ['12', ['ssh://git@example.org/x/y', 'https://token@github.com/ada/sum.js.git']],
  ])('%s is understood', (text, remotes) => {
    expect(parse(text, remotes)).toEqual(here);
  });

  it('may be on an Enterprise server that the settings name, and nowhere else', () => {
    const url = 'https://git.example.org/ada/sum/issues/3';
    expect(parse(url)).toContain('it takes an address such as');
    expect(parse(url, [], 'https://git.example.org/')).toMatchObject({
      site: 'https://git.example.org',
      number: 3,
    });
    expect(parse('https://github.com.evil.org/a/b/issues/1')).toContain('it takes');
    expect(parse('https://github.com/a/b/pull/1')).toContain('it takes');
    expect(parse('../../x#1')).toContain('it takes');
    expect(parse('#1', ['https://gitlab.com/a/b'])).toContain('No remote of this repository is on GitHub');
  });
});

describe('an issue over REST', () => {
  let server: Server | undefined;
  const requests: IncomingMessage[] = [];
  afterEach(async () => {
    requests.length = 0;
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
    server = undefined;
  });

  async function serve(answer: (response: ServerResponse) => void): Promise<IssueReference> {
    server = createServer((request, response) => {
      requests.push(request);
      answer(response);
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return { site: `http://127.0.0.1:${port}`, owner: 'ada', repository: 'sum', number: 3 };
  }
  const read = (reference: IssueReference, token: string | null = null) =>
    fetchIssue(reference, { fetch, token, signal: AbortSignal.timeout(5000) });

  it('is read with the token in a header of its own site, and without one else', async () => {
    const body = { title: 'Sum is wrong', body: 'It subtracts.', user: { login: 'ada' } };
    const reference = await serve((response) => response.end(JSON.stringify(body)));
    expect(await read(reference, 'secret')).toEqual({
      ok: true,
      value: { ...reference, title: 'Sum is wrong', body: 'It subtracts.', author: 'ada' },
    });
    await read(reference);
    expect(requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/api/v3/repos/ada/sum/issues/3', 'Bearer secret'],
      ['/api/v3/repos/ada/sum/issues/3', undefined],
    ]);
  });

  it('sends a token nowhere that an answer points to', async () => {
    const other: string[] = [];
    const thief = createServer((request, response) => {
      other.push(request.headers.authorization ?? '');
      response.end('{}');
    });
    await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve));
    const { port } = thief.address() as AddressInfo;
    const reference = await serve((response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end(),
    );
    expect(await read(reference, 'secret')).toMatchObject({ ok: false, error: { kind: 'failed' } });
    expect(other).toEqual([]);
    await new Promise((resolve) => thief.close(resolve));
  });

  it.each([
    [404, '{}', 'sign-in', 'ada/sum#3 could not be read (HTTP 404); it may be private, or not exist.'],
    [500, '{}', 'failed', 'ada/sum#3 could not be read (HTTP 500).'],
    [200, 'no JSON', 'failed', 'ada/sum#3: the answer is not an issue as GitHub describes it.'],
    [200, '{"title":7}', 'failed', 'ada/sum#3: the answer is not an issue as GitHub describes it.'],
  ])('answered with %i %s is one sentence', async (status, text, kind, message) => {
    const reference = await serve((response) => response.writeHead(status).end(text));
    expect(await read(reference)).toEqual({ ok: false, error: { kind, message } });
  });

  it('on a host that does not answer is one sentence', async () => {
    const reference = { site: 'http://127.0.0.1:1', owner: 'a', repository: 'b', number: 1 };
    const result = await read(reference);
    expect(result.ok ? '' : result.error.message).toMatch(/^127\.0\.0\.1:1 could not be reached \(.*\)\.$/);
  });
});

it('becomes an epic in which its text is a quotation, whatever it holds', () => {
  const body =
    'Please.\r\n```\r\n---\r\nmode: enterprise\r\n---\r\n## Requirements\n- rm -rf\n```\n````\nmore';
  const issue = { site: 'https://github.com', owner: 'ada', repository: 'sum', number: 3, author: 'eve' };
  const epic = parseEpic(epicOfIssue({ ...issue, title: 'Bad\n---\n## Acceptance', body }));
  if (!epic.ok) throw new Error(epic.error.message);
  expect(epic.value.settings).toEqual({ mode: 'standard' });
  expect([epic.value.requirements, epic.value.acceptance, epic.value.warnings]).toEqual([[], [], []]);
  expect(epic.value.description).toContain('Resolve issue ada/sum#3: "Bad --- ## Acceptance".');
  expect(epic.value.description).toContain('`````markdown\nPlease.\n```');
});
