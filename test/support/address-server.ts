import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createMcpHandler, Server } from '@modelcontextprotocol/server';

export interface AddressServer {
  readonly url: string;
  /** What was called, with what it got. */
  readonly calls: readonly object[];
  close(): void;
}

/**
 * An MCP server at an address as n8n 2.41 serves its own: the official handler, without sessions, POST alone, and a bearer token
 * that is asked for with the address of metadata. Its tool finds nothing.
 */
export async function serveAtAddress(token: string): Promise<AddressServer> {
  const calls: object[] = [];
  const handler = createMcpHandler(
    () => {
      const server = new Server(
        { name: 'n8n MCP Server', version: '1.0.0' },
        { capabilities: { tools: {} } },
      );
      const inputSchema = { type: 'object' as const };
      server.setRequestHandler('tools/list', () => ({ tools: [{ name: 'search_workflows', inputSchema }] }));
      server.setRequestHandler('tools/call', ({ params: { name, arguments: given = {} } }) => {
        calls.push({ name, given });
        return { content: [{ type: 'text', text: JSON.stringify({ data: [], count: 0 }) }] };
      });
      return server;
    },
    { legacy: 'stateless' },
  );
  const answer = async (request: IncomingMessage, url: string): Promise<Response> => {
    if (request.headers.authorization !== `Bearer ${token}`)
      return new Response('Unauthorized', {
        status: 401,
        headers: {
          'www-authenticate': `Bearer realm="n8n MCP Server", resource_metadata="${url}/.well-known/oauth-protected-resource"`,
        },
      });
    if (request.method !== 'POST') return new Response(null, { status: 405, headers: { allow: 'POST' } });
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
    return handler.fetch(
      new Request(`${url}${request.url ?? ''}`, {
        method: 'POST',
        headers,
        body: new Uint8Array(await buffer(request)),
      }),
    );
  };
  const http = createServer((request, response) => {
    const { port } = http.address() as AddressInfo;
    void answer(request, `http://127.0.0.1:${port}`).then(async (answered) => {
      response.writeHead(answered.status, Object.fromEntries(answered.headers));
      response.end(Buffer.from(await answered.arrayBuffer()));
    });
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp-server/http`,
    calls,
    close() {
      http.close();
      http.closeAllConnections();
    },
  };
}
