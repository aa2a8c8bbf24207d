import type { AgentResult, Finding } from '../../domain/loop/model.ts';
import type { ResultRecord } from '../../protocol/attempt.ts';

type Redact = (text: string) => string;

/** Takes secrets out of a record's free texts, from where they would reach journal, keys, prompts and views. */
export function redactRecord(record: ResultRecord, redact: Redact): ResultRecord {
  const maybe = (text: string | null): string | null => (text === null ? null : redact(text));
  return {
    ...record,
    result: record.result && redactResult(record.result, redact),
    resultError: maybe(record.resultError),
    failure: maybe(record.failure),
    lastLine: redact(record.lastLine),
  };
}

/** Paths and figures stay: they are compared with what the repository says. */
function redactResult(result: AgentResult, redact: Redact): ResultRecord['result'] {
  const finding = (each: Finding) => ({
    ...each,
    text: redact(each.text),
    ...(each.proof === undefined ? {} : { proof: redact(each.proof) }),
  });
  switch (result.role) {
    case 'implementer':
      return {
        ...result,
        summary: redact(result.summary),
        files: [...result.files],
        issues: result.issues.map(finding),
      };
    case 'validator':
      return { ...result, findings: result.findings.map(finding), confirmed: [...result.confirmed] };
    case 'product-owner':
      return {
        ...result,
        reason: redact(result.reason),
        feedback: result.feedback.map(redact),
        deferred: result.deferred.map(redact),
      };
  }
}
