import type { EngineAddress, EngineError } from './engine.ts';

/** What a person who chooses where code runs is told of containers. `why`: a clause without a full stop. */
export type ContainerOffer =
  | {
      readonly kind: 'ready';
      /** `Docker 28.2.2` */
      readonly engine: string;
      readonly image: string;
      readonly hasImage: boolean;
    }
  | { readonly kind: 'missing'; readonly why: string };

export const engineName = ({
  flavour,
  version,
}: {
  readonly flavour: 'docker' | 'podman';
  readonly version: string;
}): string => `${flavour === 'docker' ? 'Docker' : 'Podman'} ${version}`;

export interface NoEngine {
  /** The address that was asked last; null: there was none to ask. */
  readonly asked: EngineAddress | null;
  readonly error: EngineError;
  /** An engine whose command is there. */
  readonly installed: 'Docker' | 'Podman' | null;
}

/** A sentence as part of another one. */
export const clause = (sentence: string): string =>
  sentence.slice(0, 1).toLowerCase() + sentence.slice(1).replace(/\.$/, '');

/** Not installed, not running, not for this account, or what the engine itself says. */
export function whyNoEngine({ asked, error, installed }: NoEngine): string {
  if (asked === null)
    return installed === null
      ? 'no container engine is installed: neither Docker nor Podman was found'
      : `${installed} is installed and does not run; start it`;
  if (error.kind === 'late') return `the container engine at ${asked.host} does not answer`;
  if (error.kind !== 'unreachable') return clause(error.message);
  return error.message.includes('may not use its socket')
    ? `this account may not use ${asked.host}; on Linux members of the group docker may`
    : `no container engine runs at ${asked.host}; start it`;
}
