/** Correlation key of an operation (ADR-002 of the seeds): `query-agents-v2:iter-3:1731752400000`. */
export function correlationKey(operation: string, iteration: number, epochMs: number): string {
  return `${operation}:iter-${iteration}:${epochMs}`;
}
