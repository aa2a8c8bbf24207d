import type { Finding } from '../loop/model.ts';

/** `src/auth.ts:12: token is never checked (proof: npm test)` */
export function describeFinding(finding: Finding): string {
  const place = finding.file ? `${finding.file}${finding.line ? `:${finding.line}` : ''}: ` : '';
  const proof = finding.proof ? ` (proof: ${finding.proof})` : '';
  return `${place}${finding.text}${proof}`;
}

/** As implementers are told of it. */
export const toldFinding = (finding: Finding): string => `[${finding.severity}] ${describeFinding(finding)}`;
