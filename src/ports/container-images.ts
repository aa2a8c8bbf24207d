import type { Result } from '../base/result.ts';
import type { EngineError } from '../domain/containers/engine.ts';
import type { ImageState } from '../domain/containers/agent-image.ts';

export interface ImageWish {
  readonly image: string;
  /** What it is to be built on in place of the Dockerfile's own base. */
  readonly base?: string | undefined;
  /** `never`: one that is missing or old is an error. `needed`: such a one is built. `always`: it is built anew. */
  readonly build: 'never' | 'needed' | 'always';
}

/** An image that was tried: agents can work in it. */
export interface ReadyImage {
  readonly image: string;
  readonly id: string;
  readonly state: Extract<ImageState, 'own' | 'current'>;
  /** Just now. */
  readonly built: boolean;
  /** `v24.21.0` */
  readonly node: string;
  /** What scripts of loops like to call and is not there. */
  readonly lacks: readonly string[];
}

/**
 * `absent`, `old`, `own`: may not, or must not, be built. `base`: what it is built on cannot be had. `build`: a step failed.
 * `unfit`: agents cannot work in it.
 */
export interface ImageProblem {
  readonly kind: EngineError['kind'] | 'absent' | 'old' | 'own' | 'base' | 'build' | 'unfit';
  /** One sentence that says what to do. */
  readonly message: string;
}

export interface ContainerImages {
  /** Finds it, builds it where that is wished, and tries it by running it. `onProgress` gets lines for a person. */
  ensureImage(
    wish: ImageWish,
    onProgress: (line: string) => void,
    signal: AbortSignal,
  ): Promise<Result<ReadyImage, ImageProblem>>;
}

/** Of the engine that answers here; else why there is none, in one sentence. */
export type OpenImages = (signal: AbortSignal) => Promise<Result<ContainerImages, string>>;
