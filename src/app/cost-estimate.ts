import type { ExpectedPrice } from '../domain/loop/config.ts';
import { presetOf, ROLES, type CrewMember, type Role } from '../domain/loop/model.ts';

/** One earlier run of an agent in this repository. */
export interface EarlierRun {
  readonly taskId: string;
  readonly preset: string;
  readonly role: string;
  /** Null where its CLI told no price. */
  readonly costUsd: number | null;
}

export interface AgentPrice {
  readonly agentId: string;
  readonly role: Role;
  readonly preset: string;
  /** Of the runs of this preset in this role that told a price; null: the price is unknown. */
  readonly medianUsd: number | null;
  /** Runs that told a price, in so many loops. */
  readonly runs: number;
  readonly loops: number;
}

/** What a loop may cost. Sums are null while the price of some agent is unknown: it is not 0. */
export interface CostEstimate {
  readonly agents: readonly AgentPrice[];
  /** Every agent once. */
  readonly iterationUsd: number | null;
  /** Every agent once in each iteration, as far as the number of runs reaches. */
  readonly allIterationsUsd: number | null;
  /** Every run that may start, each at the dearest agent's price. */
  readonly mostUsd: number | null;
  /** Presets whose price is unknown. */
  readonly unknown: readonly string[];
  readonly maxAgentRuns: number;
  /** Each start sets aside what the run is expected to cost, and no more than fits; null: there is none. */
  readonly budgetUsd: number | null;
}

export interface CostRequest {
  readonly crew: readonly CrewMember[];
  readonly maxIterations: number;
  readonly maxAgentRuns: number;
  readonly budgetUsd: number | null;
}

export function estimateCost(request: CostRequest, history: readonly EarlierRun[]): CostEstimate {
  const { crew, maxIterations, maxAgentRuns, budgetUsd } = request;
  const agents = crew.filter((member) => member.program !== null).map((member) => priceOf(member, history));
  const prices = agents.flatMap(({ medianUsd }) => (medianUsd === null ? [] : [medianUsd]));
  const known = prices.length === agents.length;
  const iteration = prices.reduce((sum, price) => sum + price, 0);
  const most = maxAgentRuns * Math.max(0, ...prices);
  return {
    agents,
    iterationUsd: known ? iteration : null,
    allIterationsUsd: known ? Math.min(iteration * maxIterations, most) : null,
    mostUsd: known ? most : null,
    unknown: [...new Set(agents.filter(({ medianUsd }) => medianUsd === null).map(({ preset }) => preset))],
    maxAgentRuns,
    budgetUsd,
  };
}

function priceOf({ id, role, program }: CrewMember, history: readonly EarlierRun[]): AgentPrice {
  const preset = presetOf(program);
  const told = history.filter((run) => run.preset === preset && run.role === role && run.costUsd !== null);
  return {
    agentId: id,
    role,
    preset,
    medianUsd: median(told.flatMap(({ costUsd }) => costUsd ?? [])),
    runs: told.length,
    loops: new Set(told.map(({ taskId }) => taskId)).size,
  };
}

/** The scripted agents cost nothing, whether or not one has run here. */
const FREE_PRESET = 'demo';

/** The median of each preset in each role that told a price. */
export function expectedPrices(history: readonly EarlierRun[]): readonly ExpectedPrice[] {
  const prices = ROLES.flatMap((role) => {
    const told = history.filter((run) => run.role === role && run.costUsd !== null);
    return [...new Set(told.map(({ preset }) => preset))].flatMap((preset) => {
      const usd = median(told.flatMap((run) => (run.preset === preset ? (run.costUsd ?? []) : [])));
      return usd === null || preset === FREE_PRESET ? [] : [{ preset, role, usd }];
    });
  });
  return [...prices, ...ROLES.map((role) => ({ preset: FREE_PRESET, role, usd: 0 }))];
}

/** Null for no values. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) return null;
  const lower = sorted[middle - 1];
  return sorted.length % 2 === 1 || lower === undefined ? upper : lower + (upper - lower) / 2;
}
