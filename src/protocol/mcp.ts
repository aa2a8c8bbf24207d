/** What our MCP servers offer: one table of tools, from which every server takes those that it can answer. */
import { resultJsonSchema, type JsonObjectSchema, type JsonSchema } from './agent-result-sample.ts';
import type { Role } from '../domain/loop/model.ts';

/** Name under which agents know the server; models see it as part of the names of its tools. */
export const MCP_SERVER = 'cfn';
/** Where a server answers; ours at this path itself, others below a path with their id. */
export const MCP_PATH = '/mcp';
export const MCP_VARIABLES = { url: 'CFN_MCP_URL', token: 'CFN_MCP_TOKEN' } as const;

/** How an agent reaches a further server: `/servers/playwright/mcp`, `CFN_MCP_PLAYWRIGHT_URL`, `cfn-playwright`. */
export function serverNames(id: string) {
  const variable = id.toUpperCase().replaceAll('-', '_');
  return {
    path: `/servers/${id}${MCP_PATH}`,
    url: `CFN_MCP_${variable}_URL`,
    token: `CFN_MCP_${variable}_TOKEN`,
    /** Beside servers of a person's own, whose names may be the same. */
    known: `${MCP_SERVER}-${id}`,
  };
}

const SERVER_PATH =
  /^(\/\.well-known\/oauth-protected-resource)?\/servers\/([a-z0-9-]{1,32})\/(mcp|execute)$/;

/** Which server a path is about; `null` for every other path. */
export function serverOfPath(
  path: string,
): { readonly server: string; readonly call: 'mcp' | 'execute' | 'metadata' } | null {
  const [, wellKnown, server, call] = SERVER_PATH.exec(path) ?? [];
  if (server === undefined) return null;
  if (wellKnown !== undefined) return call === 'mcp' ? { server, call: 'metadata' } : null;
  return { server, call: call === 'mcp' ? 'mcp' : 'execute' };
}

export interface McpTool {
  readonly title: string;
  /** For models: when to call it, and what comes of it. */
  readonly description: string;
  readonly inputSchema: JsonObjectSchema;
  readonly readOnly: boolean;
}

/** Tools for one agent in one attempt. */
export const ATTEMPT_TOOLS = [
  'report_result',
  'get_task',
  'get_feedback',
  'get_context',
  'store_context',
] as const;
export type AttemptTool = (typeof ATTEMPT_TOOLS)[number];

export const isAttemptTool = (name: string): name is AttemptTool =>
  ATTEMPT_TOOLS.some((tool) => tool === name);

const nothing: JsonObjectSchema = { type: 'object', required: [], properties: {} };
const contextName: JsonSchema = {
  type: 'string',
  description: 'Name of the value: letters, digits, "_", "." or "-", at most 128.',
};

/** The nonce may be left out: the token already says which attempt speaks. */
function reportSchema(role: Role): JsonObjectSchema {
  const { required, ...schema } = resultJsonSchema(role);
  return { ...schema, required: required.filter((name) => name !== 'nonce') };
}

export function attemptTools(role: Role): Readonly<Record<AttemptTool, McpTool>> {
  return {
    report_result: {
      title: 'Report the result',
      description:
        'Report the result of your work to the loop, as your last act and instead of any other way. An error says which field is wrong: correct it and call again. The last valid call counts.',
      inputSchema: reportSchema(role),
      readOnly: false,
    },
    get_task: {
      title: 'Get the task',
      description: 'The task that you work on, with your role, the iteration and your limits, as JSON.',
      inputSchema: nothing,
      readOnly: true,
    },
    get_feedback: {
      title: 'Get the feedback',
      description: 'What the iteration before this one left to do, as JSON; empty in the first iteration.',
      inputSchema: nothing,
      readOnly: true,
    },
    get_context: {
      title: 'Get a stored value',
      description: 'A value that an agent of this task stored under a name.',
      inputSchema: { type: 'object', required: ['key'], properties: { key: contextName } },
      readOnly: true,
    },
    store_context: {
      title: 'Store a value',
      description: 'Stores a text under a name, for the other agents of this task and for later iterations.',
      inputSchema: {
        type: 'object',
        required: ['key', 'value'],
        properties: {
          key: contextName,
          value: { type: 'string', description: 'The text to store, usually JSON.' },
          ttl_seconds: {
            type: 'integer',
            minimum: 1,
            description: 'How long it is kept; a day if left out.',
          },
        },
      },
      readOnly: false,
    },
  };
}
