import type { IterationRecord } from './loop/state.ts';
import { completed, exitsOf } from './loop/state.ts';
import type { Finding } from './loop/model.ts';

/** A critical finding whose proof is a command that the harness can run. */
export interface Claim {
  readonly agentId: string;
  /** What the finding says. */
  readonly text: string;
  /** One line for the platform's shell. */
  readonly command: string;
}

/**
 * What came of a claim. `proven`: its command failed on the integrated commit; `refuted`: it passed there;
 * `unusable`: it did not run, or not to its end, which says nothing about the commit.
 */
export interface Proof extends Claim {
  readonly outcome: 'proven' | 'refuted' | 'unusable';
  /** How the command ended, with the end of what it printed. */
  readonly detail: string;
}

/** How many claims of one validator are run in an iteration; each may take as long as an evidence command. */
export const CLAIMS_EACH = 3;

/** A proof in words is none that can be run: a command stands alone in its line, after `$ `. */
const COMMAND = /^\s*\$ +(\S[^\r\n]*?)\s*$/;

const commandOf = ({ severity, proof }: Finding): string | null =>
  severity === 'critical' ? (COMMAND.exec(proof ?? '')?.[1] ?? null) : null;

/** Claims of validators that have voted and that were not looked into yet, in crew order. */
export function openClaims(record: IterationRecord): readonly Claim[] {
  return exitsOf(record.validators).flatMap((exit) => {
    if (!completed(exit) || exit.result?.role !== 'validator') return [];
    const { agentId } = exit;
    const claims = exit.result.findings.flatMap((finding) => {
      const command = commandOf(finding);
      return command === null ? [] : [{ agentId, text: finding.text, command }];
    });
    const known = record.proofs.filter((proof) => proof.agentId === agentId);
    return claims
      .filter(({ command }, at) => claims.findIndex((claim) => claim.command === command) === at)
      .slice(0, CLAIMS_EACH)
      .filter(({ command }) => !known.some((proof) => proof.command === command));
  });
}

export const provenIn = (record: IterationRecord): readonly Proof[] =>
  record.proofs.filter(({ outcome }) => outcome === 'proven');

/** A shell's own words for a program that is not there or cannot be started. */
const NOT_RUN: ReadonlySet<number> = new Set([126, 127]);

/** What the end of a claim's command says. */
export function judgeClaim(
  claim: Claim,
  end: {
    readonly status: 'ended' | 'timeout' | 'unavailable';
    readonly exitCode: number | null;
    readonly tail: string;
  },
): Proof {
  const { status, exitCode, tail } = end;
  if (status === 'timeout') return { ...claim, outcome: 'unusable', detail: 'It did not end in time.' };
  if (status !== 'ended' || exitCode === null || NOT_RUN.has(exitCode)) {
    return { ...claim, outcome: 'unusable', detail: withTail('It could not be run.', tail) };
  }
  const outcome = exitCode === 0 ? 'refuted' : 'proven';
  return { ...claim, outcome, detail: withTail(`It ended with ${exitCode}.`, tail) };
}

const TAIL_CHARACTERS = 1000;
const withTail = (how: string, tail: string): string =>
  tail.trim() === '' ? how : `${how}\n${tail.trim().slice(-TAIL_CHARACTERS)}`;
