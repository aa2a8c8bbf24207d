import { err, ok, type Result } from '../base/result.ts';
import type { Coordination, CoordinationError } from '../ports/coordination.ts';
import { ttlOf, type CoordinationKey } from '../protocol/keys.ts';
import {
  POINT_OF,
  transferHistoryKey,
  transferKey,
  transferPointSchemas,
  type TransferAddress,
  type TransferName,
  type TransferPayload,
} from '../protocol/transfer-points.ts';

/** Lower-case hex of the SHA-256 of a text's UTF-8 bytes. */
export type HashText = (text: string) => string;

export interface TransferRequest<N extends TransferName> extends TransferAddress {
  readonly name: N;
  readonly payload: TransferPayload<N>;
  readonly ttlSeconds?: number;
  /** How long the run may still take: no shorter TTL is used. */
  readonly deadlineSeconds?: number;
}

export interface TransferReceipt {
  readonly point: number;
  readonly key: string;
  /** Of the bytes that were to be stored. */
  readonly sha256: string;
  /** True when the bytes that were read back have the same hash. */
  readonly verified: boolean;
  /** Why it is not verified. */
  readonly reason: string | null;
  /** The stored text. */
  readonly text: string;
}

const TRIES = 3;

/** The text that stands for a hand-over in the store; an error where the payload breaks its schema. */
export function handOverText(
  name: TransferName,
  payload: TransferPayload<TransferName>,
): Result<{ readonly text: string; readonly iteration: number | undefined }, string> {
  const parsed = transferPointSchemas[name].safeParse(payload);
  if (parsed.success) return ok({ text: JSON.stringify(parsed.data), iteration: parsed.data.iteration });
  const issue = parsed.error.issues[0];
  return err(
    `${name}.${issue?.path.join('.') ?? ''} does not fit its hand-over: ${issue?.message ?? 'invalid'}`,
  );
}

/**
 * Writes a hand-over, reads it back and compares. A store that is down gives an unverified receipt and never
 * stops the loop; a payload that breaks its schema is an error, since the step after it could not use it.
 */
export async function writeTransferPoint<N extends TransferName>(
  coordination: Coordination,
  hash: HashText,
  request: TransferRequest<N>,
): Promise<Result<TransferReceipt, string>> {
  const checked = handOverText(request.name, request.payload);
  if (!checked.ok) return checked;
  const key = transferKey(request.name, request);
  const ttl = ttlOf(key, request);
  if (!ttl.ok) return ttl;

  const { text } = checked.value;
  const sha256 = hash(text);
  const receipt = { point: POINT_OF[request.name], key: key.name, sha256, text };
  let reason: string | null = null;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    reason = await writeAndCompare(
      { coordination, key, text, ttlSeconds: ttl.value },
      (read) => hash(read) === sha256,
    );
    if (reason === null) break;
  }
  const history = transferHistoryKey(request.name, request, checked.value.iteration);
  if (reason === null && history) await coordination.put(history.name, text, ttl.value);
  return ok({ ...receipt, verified: reason === null, reason });
}

interface Write {
  readonly coordination: Coordination;
  readonly key: CoordinationKey;
  readonly text: string;
  readonly ttlSeconds: number;
}

async function writeAndCompare(write: Write, same: (read: string) => boolean): Promise<string | null> {
  const written = await write.coordination.put(write.key.name, write.text, write.ttlSeconds);
  if (!written.ok) return explain('write', written.error);
  const read = await write.coordination.get(write.key.name);
  if (!read.ok) return explain('read', read.error);
  if (read.value === null) return `${write.key.name} was gone when it was read back.`;
  return same(read.value) ? null : `${write.key.name} held other bytes when it was read back.`;
}

function explain(step: string, error: CoordinationError): string {
  return `Could not ${step} the hand-over (${error.kind}): ${error.message}`;
}
