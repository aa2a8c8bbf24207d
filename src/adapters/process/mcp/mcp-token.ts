import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** For the key of an attempt and for each signature: as random as a key has to be. */
const SECRET_BYTES = 32;

export interface McpClaims {
  readonly agentId: string;
  readonly taskId: string;
  /** The server that it is for: `cfn` or the id of another one. */
  readonly audience: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly expiresAt: number;
}

export interface McpToken {
  readonly value: string;
  /** What may be shown nowhere, also where it is cut out of the whole. */
  readonly secret: string;
}

/** `bad`: nothing that we made. `other-server`: good, and for another server than the one that was asked. */
export type TokenVerdict = 'good' | 'missing' | 'bad' | 'expired' | 'other-server';

export interface McpTokens {
  issue(claims: McpClaims): McpToken;
  /** What a header `Authorization` is worth at a server; the time it takes tells nothing of how much was right. */
  check(authorization: string | undefined, audience: string, now: number): TokenVerdict;
}

/**
 * Tokens of one attempt, by a key that is made here and kept nowhere else. A token reads
 * `agent-${AGENT_ID}-${TASK_ID}-${TIMESTAMP}.AUDIENCE.EXPIRY.SECRET`: whose it is, for what and until when is readable, and
 * signed by the rest.
 */
export function createMcpTokens(): McpTokens {
  const key = randomBytes(SECRET_BYTES);
  const sign = (text: string) => createHmac('sha256', key).update(text).digest();
  return {
    issue({ agentId, taskId, audience, at, expiresAt }) {
      const claims = `agent-${agentId}-${taskId}-${seconds(at)}.${audience}.${seconds(expiresAt)}`;
      const secret = sign(claims).toString('base64url');
      return { value: `${claims}.${secret}`, secret };
    },
    check(authorization, audience, now) {
      if (authorization === undefined || authorization === '') return 'missing';
      const given = /^Bearer ([^ ]+)$/i.exec(authorization)?.[1] ?? '';
      const [whose, audienceOf, expiry, secret, ...more] = given.split('.');
      const claims = `${whose}.${audienceOf}.${expiry}`;
      if (!sameSecret(secret ?? '', sign(claims)) || more.length > 0) return 'bad';
      if (seconds(now) >= Number(expiry)) return 'expired';
      return audienceOf === audience ? 'good' : 'other-server';
    },
  };
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** The text alone counts: decoding would take a second spelling for the same. */
function sameSecret(given: string, signature: Buffer): boolean {
  const wanted = Buffer.from(signature.toString('base64url'));
  const bytes = Buffer.from(given);
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}
