import type { Result } from '../base/result.ts';
import type { OfferedModel } from '../domain/agents/offered-model.ts';
import type { Usage } from '../domain/loop/model.ts';
import type { ModelFailureReason, ModelPart, ModelTool } from '../protocol/model-socket.ts';

export interface ModelFailure {
  readonly reason: ModelFailureReason;
  /** One sentence. */
  readonly message: string;
}

/** A piece of a model's answer, as it comes. */
export type ModelPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool-call'; readonly callId: string; readonly name: string; readonly input: unknown };

export interface ModelAsk {
  /** What is new since the last answer. */
  readonly parts: readonly ModelPart[];
  readonly tools: readonly ModelTool[];
  readonly onPiece: (piece: ModelPiece) => void;
  readonly signal: AbortSignal;
}

/** One agent's talk with a model; everything that was said is kept here. */
export interface ModelConversation {
  readonly model: OfferedModel;
  /** What this one request used; null where the model counts no tokens. */
  ask(request: ModelAsk): Promise<Result<Usage | null, ModelFailure>>;
}

/** Language models that the program around us lends to agents: those of the editor, in a window of it. */
export interface LanguageModels {
  /** Those offered now, preferred ones first. */
  list(): Promise<readonly OfferedModel[]>;
  /** `model` as a SPEC names it; null: the first one offered. */
  open(model: string | null): Promise<Result<ModelConversation, ModelFailure>>;
}

/** Lends them to agents in other processes. */
export interface ModelServer {
  /** Variables for one attempt, with which its agent may hold one conversation; listens from the first of them on. */
  admit(model: string | null): Promise<Readonly<Record<string, string>>>;
  /** Ends every conversation and leaves nothing behind. */
  dispose(): Promise<void>;
}
