import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import {
  client,
  ndJsonStream,
  RequestError,
  type AgentCapabilities,
  type ClientContext,
  type ContentBlock,
  type InitializeResponse,
  type McpServer,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
  type SessionModeState,
} from '@agentclientprotocol/sdk';
import { imageType } from '../../../domain/loop/attachment.ts';
import type { McpAccess } from '../../../ports/agent-provider.ts';
import { MCP_SERVER } from '../../../protocol/mcp.ts';
import type { AskPerson } from './ask-person.ts';
import { isWithin, judgeWanted, type Bounds, type Wanted } from './permission.ts';

export interface AcpRequest {
  readonly cwd: string;
  readonly prompt: string;
  /** Absolute paths of pictures that belong to the prompt, which names them too. */
  readonly images: readonly string[];
  /**
   * The session to go on in. `strict`: nothing else will do, as its agent has to know what was said; otherwise a new one
   * is begun where the old one cannot be had.
   */
  readonly session: { readonly id: string; readonly strict: boolean } | null;
  /** Told before a refusal of a strict session is thrown. */
  readonly onSessionLost: () => void;
  /** Of the session; `null` leaves the one it begins in. */
  readonly mode: string | null;
  /** The attempt's MCP server; `null` where there is none. */
  readonly mcp: McpAccess | null;
  readonly bounds: Bounds;
  readonly ask: AskPerson;
  readonly say: (kind: 'notice' | 'error', text: string) => void;
}

export interface AcpConversation {
  /** What the agent wrote on standard output. */
  feed(chunk: Buffer): void;
  /** One prompt from its beginning to its end, over the agent's standard input; a refusal is thrown. */
  talk(stdin: Writable): Promise<void>;
  /** Asks the agent to end its turn; resolves once it has. */
  cancel(): Promise<void>;
}

const PROTOCOL = 1;
/** It may edit files by itself; these would only give it a second way. */
const CAPABILITIES = { fs: { readTextFile: false, writeTextFile: false }, terminal: false };

export function createAcpConversation(request: AcpRequest): AcpConversation {
  const output = new PassThrough();
  const permissions = createPermissions(request);
  let stop: () => Promise<void> = async () => undefined;
  const converse = async (agent: ClientContext): Promise<void> => {
    const about = { protocolVersion: PROTOCOL, clientCapabilities: CAPABILITIES };
    const { agentCapabilities } = await agent.request<InitializeResponse>('initialize', {
      ...about,
      clientInfo: { name: 'cfn-loop', version: '1' },
    });
    const session = await openSession(agent, request, agentCapabilities);
    const { sessionId } = session;
    await setMode(agent, session, request.mode);
    const images = agentCapabilities?.promptCapabilities?.image === true ? request.images : [];
    const turn = agent.request('session/prompt', {
      sessionId,
      prompt: [{ type: 'text', text: request.prompt }, ...imageBlocks(images)],
    });
    stop = async () => {
      await agent.notify('session/cancel', { sessionId });
      await turn.catch(() => undefined);
    };
    await turn;
  };
  return {
    feed: (chunk) => void output.write(chunk),
    cancel: () => stop(),
    async talk(stdin) {
      // An agent that dies closes its input; its exit tells of that.
      stdin.on('error', () => undefined);
      const stream = ndJsonStream(
        Writable.toWeb(stdin) as WritableStream<Uint8Array>,
        Readable.toWeb(output) as ReadableStream<Uint8Array>,
      );
      await client({ name: 'cfn-loop' })
        .onRequest('session/request_permission', ({ params }) => permissions.answer(params))
        .onRequest('fs/write_text_file', ({ params }) => permissions.write(params.path, params.content))
        .onNotification('session/update', () => undefined)
        .connectWith(stream, converse);
    },
  };
}

interface Session {
  readonly sessionId: string;
  readonly modes?: SessionModeState | null;
}

async function openSession(
  agent: ClientContext,
  { cwd, mcp, session, say, onSessionLost }: AcpRequest,
  capabilities: AgentCapabilities | undefined,
): Promise<Session> {
  const mcpServers = capabilities?.mcpCapabilities?.http === true ? serversOf(mcp) : [];
  // Whoever is not signed in is refused here: signing in is a person's, by the CLI itself.
  const begin = () => agent.request('session/new', { cwd, mcpServers });
  if (session === null) return begin();
  const { id: sessionId, strict } = session;
  const asked = { sessionId, cwd, mcpServers };
  try {
    if (capabilities?.sessionCapabilities?.resume != null) {
      return { ...(await agent.request('session/resume', asked)), sessionId };
    }
    if (capabilities?.loadSession === true) {
      return { ...(await agent.request('session/load', asked)), sessionId };
    }
    throw new Error('it can go on in no session');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (strict) {
      say('notice', `The agent cannot go on in its session: ${why}`);
      onSessionLost();
      throw error;
    }
    say('notice', `The agent begins a new session, as its earlier one is not to be had: ${why}`);
    return begin();
  }
}

async function setMode(
  agent: ClientContext,
  { sessionId, modes }: Session,
  mode: string | null,
): Promise<void> {
  if (mode === null || modes?.currentModeId === mode) return;
  if (modes?.availableModes.some(({ id }) => id === mode) !== true) {
    throw new Error(`The agent has no session mode "${mode}", so its permissions cannot be set.`);
  }
  await agent.request('session/set_mode', { sessionId, modeId: mode });
}

/** What is no picture any more stands in the prompt by its path, as all of them do. */
function imageBlocks(paths: readonly string[]): ContentBlock[] {
  return paths.flatMap((path): ContentBlock[] => {
    const bytes = readFileSync(path);
    const mimeType = imageType(bytes);
    return mimeType === null ? [] : [{ type: 'image', mimeType, data: bytes.toString('base64') }];
  });
}

function serversOf(mcp: McpAccess | null): McpServer[] {
  if (mcp === null) return [];
  return [{ ...mcp, name: MCP_SERVER }, ...mcp.servers].map(({ name, url, token }) => ({
    type: 'http',
    name,
    url,
    headers: [{ name: 'Authorization', value: `Bearer ${token}` }],
  }));
}

function wantedBy({ toolCall }: RequestPermissionRequest): Wanted {
  const input = toolCall.rawInput;
  const command =
    typeof input === 'object' && input !== null && 'command' in input ? String(input.command) : null;
  const diffs = (toolCall.content ?? []).flatMap((part) => (part.type === 'diff' ? [part.path] : []));
  const paths = [...(toolCall.locations ?? []).map(({ path }) => path), ...diffs];
  return { kind: toolCall.kind ?? null, title: toolCall.title ?? '', command, paths };
}

const CANCELLED: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } };

function createPermissions({ bounds, ask, say }: AcpRequest) {
  /** What a person allowed, wherever it lies. */
  const allowed = new Set<string>();
  const choose = (
    { options }: RequestPermissionRequest,
    kinds: readonly string[],
  ): RequestPermissionResponse => {
    const option = kinds.flatMap((kind) => options.filter((each) => each.kind === kind))[0];
    return option ? { outcome: { outcome: 'selected', optionId: option.optionId } } : CANCELLED;
  };
  const allow = (request: RequestPermissionRequest) => choose(request, ['allow_once', 'allow_always']);
  const refuse = (request: RequestPermissionRequest) => choose(request, ['reject_once', 'reject_always']);
  const byPerson = async (request: RequestPermissionRequest, wanted: Wanted) => {
    const what = wanted.command ?? [wanted.title, ...wanted.paths].filter((part) => part !== '').join(' · ');
    const answer = await ask(`May I (${wanted.kind ?? 'unknown'})? ${what}`, ['Allow', 'Refuse']);
    if (answer !== 'Allow') return refuse(request);
    for (const path of wanted.paths) allowed.add(path);
    return allow(request);
  };
  return {
    async answer(request: RequestPermissionRequest): Promise<RequestPermissionResponse> {
      const wanted = wantedBy(request);
      switch (judgeWanted(wanted, bounds)) {
        case 'allow':
          return allow(request);
        case 'ask':
          return byPerson(request, wanted);
        case 'refuse':
          say(
            'notice',
            `Refused by the permission mode ${bounds.permission}: ${wanted.command ?? wanted.title}`,
          );
          return refuse(request);
      }
    },
    /** Some write through us although we offer it to nobody. */
    write(path: string, content: string): Record<string, never> {
      const within = bounds.permission === 'full' || allowed.has(path) || isWithin(path, bounds.roots);
      if (!isAbsolute(path) || !within) {
        throw RequestError.invalidParams({ path }, 'This file lies outside of what the agent may write.');
      }
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return {};
    },
  };
}
