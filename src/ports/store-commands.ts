import type { Result } from '../base/result.ts';
import type { CoordinationError } from './coordination.ts';

/** What a store answers with RESP2; bulk strings are taken for UTF-8. */
export type RespValue = string | number | null | readonly RespValue[] | RespFailure;

export interface RespFailure {
  readonly error: string;
}

/** One connection to a coordination store on which commands are given as words. */
export interface StoreCommands {
  /** An error reply is `rejected`; no answer within the deadline closes the connection. */
  command(
    args: readonly string[],
    options?: { readonly deadlineMs?: number },
  ): Promise<Result<RespValue, CoordinationError>>;
  readonly closed: boolean;
  close(): void;
}

/** `url`: `redis://user:password@host:port` */
export type OpenStore = (url: string) => Promise<Result<StoreCommands, CoordinationError>>;
