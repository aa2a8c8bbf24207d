import type { Result } from '../base/result.ts';
import type { EgressRefusal, EgressRule } from '../domain/containers/egress.ts';

export interface EgressProxyOptions {
  /** The gateway of the agent's network. */
  readonly bind: string;
  /** What the agent may reach; nothing with an empty list. */
  readonly allow: readonly EgressRule[];
  /** Of one agent: a gateway can be reached from more than one network. Letters, digits, `-` and `_`. */
  readonly credential: { readonly user: string; readonly token: string };
  readonly onRefused: (refused: RefusedEgress) => void;
}

export interface RefusedEgress {
  /** As it was asked for, at most 255 characters. */
  readonly host: string;
  /** 0 where it could not be read. */
  readonly port: number;
  readonly why: EgressRefusal;
}

export interface EgressProxy {
  /** With the credential, for `HTTPS_PROXY` and `HTTP_PROXY`. */
  readonly url: string;
  /** Ends what goes through it at once. */
  close(): Promise<void>;
}

/** An error is one sentence. */
export type OpenEgressProxy = (options: EgressProxyOptions) => Promise<Result<EgressProxy, string>>;
