/** What `cfn doctor` and `CFN: Doctor` say: checks as data. */

export type CheckState = 'ok' | 'warning' | 'error' | 'skipped';

/** Things that can be set right without a risk; each is named before it is done. */
export const FIXES = {
  'start-store': 'Start the coordination store',
  'rebuild-index': 'Rebuild the index from the journals',
  'release-leases': 'Release the ports of loops that have ended',
  'repair-worktrees': 'Take up moved worktrees and drop those that are gone',
} as const;
export type FixId = keyof typeof FIXES;

export interface HealthCheck {
  readonly id: string;
  readonly title: string;
  /** What is looked at, and why it matters. */
  readonly meaning: string;
  readonly state: CheckState;
  /** What was found, in one line. Errors begin with the seeds' words where those apply. */
  readonly detail: string;
  /** What to do, step by step; empty when nothing has to be done. */
  readonly advice: readonly string[];
  readonly fix: FixId | null;
}

export interface HealthReport {
  /** How many checks are errors: what the seeds' `check_system_health` returns. */
  readonly errors: number;
  readonly warnings: number;
  readonly checks: readonly HealthCheck[];
}

export type CheckHead = Pick<HealthCheck, 'id' | 'title' | 'meaning'>;

export interface Finding {
  readonly state: CheckState;
  readonly detail: string;
  readonly advice?: readonly string[];
  readonly fix?: FixId;
}

export const toCheck = (head: CheckHead, finding: Finding): HealthCheck => ({
  ...head,
  state: finding.state,
  detail: finding.detail,
  advice: finding.advice ?? [],
  fix: finding.fix ?? null,
});

export function toReport(checks: readonly HealthCheck[]): HealthReport {
  const count = (state: CheckState) => checks.filter((check) => check.state === state).length;
  return { errors: count('error'), warnings: count('warning'), checks };
}

/** Words of the seeds' health check. */
export const REDIS_SILENT = '[ERROR] Redis not responding';
export const DATABASE_CLOSED = '[ERROR] Database not accessible';
export const serviceDown = (service: string): string => `[ERROR] Service ${service} not running`;

export function sizeText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
