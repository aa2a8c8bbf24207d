import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const RANDOM_BYTES = 32;

export interface McpToken {
  readonly value: string;
  /** What may be shown nowhere, also where it is cut out of the whole. */
  readonly secret: string;
}

/** Readable is only whose it is: what counts is random, and made for one attempt. */
export function createMcpToken({
  agentId,
  taskId,
  at,
}: {
  agentId: string;
  taskId: string;
  at: number;
}): McpToken {
  const secret = randomBytes(RANDOM_BYTES).toString('base64url');
  return { value: `agent-${agentId}-${taskId}-${Math.floor(at / 1000)}.${secret}`, secret };
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Whether a header `Authorization` carries the token; the time it takes tells nothing of how much was right. */
export function carriesToken(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer ([^ ]+)$/i.exec(authorization ?? '')?.[1];
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}
