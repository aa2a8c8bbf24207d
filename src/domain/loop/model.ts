import type { CrewProfile } from '../agents/profile.ts';
import type { AgentRoute } from '../agents/provider-route.ts';

export const MODES = ['mvp', 'standard', 'enterprise'] as const;
export type Mode = (typeof MODES)[number];

export const ROLES = ['implementer', 'validator', 'product-owner'] as const;
export type Role = (typeof ROLES)[number];

export const STRATEGIES = ['split', 'race'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** How an attempt ended, as the harness saw it. */
export const ENDINGS = [
  'completed',
  'failed',
  'timeout',
  'idle',
  'cancelled',
  'lost',
  'oom',
  'rate-limited',
] as const;
export type Ending = (typeof ENDINGS)[number];

export const DECISIONS = ['PROCEED', 'ITERATE', 'ABORT'] as const;
export type Decision = (typeof DECISIONS)[number];

export const OUTCOMES = ['PROCEED', 'ABORT', 'EXHAUSTED', 'CANCELLED', 'BUDGET'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const WAITS = [
  'decision',
  'budget',
  'quorum',
  'question',
  'evidence',
  'outside',
  'breakpoint',
  'stalled',
] as const;
export type WaitReason = (typeof WAITS)[number];

/** How hard a task is. */
export const COMPLEXITIES = ['low', 'medium', 'high'] as const;

/** What a loop does once its iterations come no nearer. */
export const STALL_POLICIES = ['go-on', 'pause', 'stop'] as const;
export type StallPolicy = (typeof STALL_POLICIES)[number];

/** What an agent's PROCEED asks for. `0/0`: no check fails, no finding is open, and nothing is left for later. */
export const PROCEED_POLICIES = ['judged', '0/0'] as const;
export type ProceedPolicy = (typeof PROCEED_POLICIES)[number];

/** Which preset validators without one of their own get. `other`: one of another model family than the implementers'. */
export const VALIDATOR_FAMILIES = ['any', 'other'] as const;

/** The transfer points that a loop can be held before. */
export const TRANSFER_POINTS = [1, 2, 3, 4, 5, 6, 7] as const;

/** How the votes of validators become one score. `min`: the lowest counts; `weighted`: a mean by their weights. */
export const CONSENSUS_RULES = ['mean', 'min', 'weighted'] as const;
export type ConsensusRule = (typeof CONSENSUS_RULES)[number];

/** A full git object name. */
export type Commit = string;

/** The program behind a crew member. */
export type AgentProgram =
  | {
      readonly kind: 'preset';
      readonly preset: string;
      readonly model?: string;
      /** The provider that it asks; missing: the one that its CLI is set up for. */
      readonly route?: AgentRoute;
    }
  | { readonly kind: 'exec'; readonly argv: readonly string[]; readonly tty: boolean };

/** `claude`, `claude (kimi)` where it asks a provider of a route, `exec`, `exec-tty`; `human` for a person. */
export function presetOf(program: AgentProgram | null): string {
  if (program === null) return 'human';
  if (program.kind === 'exec') return program.tty ? 'exec-tty' : 'exec';
  return program.route === undefined ? program.preset : `${program.preset} (${program.route.provider})`;
}

export const routeOf = (program: AgentProgram | null): AgentRoute | null =>
  program?.kind === 'preset' ? (program.route ?? null) : null;

/** What tells agents of one preset apart: the model that was asked for, or the whole command line of an `exec:` agent. */
export function modelOf(program: AgentProgram | null): string | null {
  if (program === null) return null;
  return program.kind === 'preset' ? (program.model ?? null) : program.argv.join(' ');
}

/** Who decides: the agent alone, a person alone, or an agent whose decision a person confirms. */
export type DecidedBy = 'agent' | 'person' | 'agent-then-person';

/** Whether what the lockfiles name is installed in the checkouts that agents work in. */
export const SET_UPS = ['install', 'none'] as const;
export type SetUp = (typeof SET_UPS)[number];

/** Where everything runs that agents wrote or asked for: on this machine, or in containers alone. */
export const CODE_PLACES = ['machine', 'container'] as const;
export type CodePlace = (typeof CODE_PLACES)[number];

export interface CrewMember {
  readonly id: string;
  readonly role: Role;
  /** `null` only for a product owner that is a person. */
  readonly program: AgentProgram | null;
  /** How much a validator's vote weighs under the rule `weighted`, or a product owner's on a board; 1 where it is missing. */
  readonly weight?: number;
  /** The profile that says how it works; missing without one. */
  readonly profile?: CrewProfile;
}

/** Part *i* of a split belongs to implementer *i*; `files` is guidance. */
export interface Part {
  readonly task: string;
  readonly files: readonly string[];
}

export const SEVERITIES = ['critical', 'warning', 'suggestion'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Finding {
  readonly severity: Severity;
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
  /** A failing command, or how it fails. */
  readonly proof?: string;
}

export interface ImplementerResult {
  readonly role: 'implementer';
  readonly confidence: number;
  readonly summary: string;
  readonly files: readonly string[];
  readonly issues: readonly Finding[];
  /** Of an agent that was asked to take a task apart, and of no other. */
  readonly parts?: readonly Part[];
}
export interface ValidatorResult {
  readonly role: 'validator';
  readonly score: number;
  readonly findings: readonly Finding[];
  /** Protected files whose change this validator confirms. */
  readonly confirmed: readonly string[];
}
export interface ProductOwnerResult {
  readonly role: 'product-owner';
  readonly decision: Decision;
  readonly reason: string;
  readonly confidence?: number;
  readonly feedback: readonly string[];
  readonly deferred: readonly string[];
}
export type AgentResult = ImplementerResult | ValidatorResult | ProductOwnerResult;

/** Normalised token counts: `input` includes what was read from a cache. */
export interface Usage {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}
