/**
 * How prompts show what is asked for. The samples carry placeholders instead of numbers and words, so an
 * agent that echoes its prompt has not given a result.
 */
import type { Role } from '../domain/loop/model.ts';

const finding = `{ "severity": CRITICAL_WARNING_OR_SUGGESTION, "text": "…", "file": "src/auth.ts", "line": 12`;

const samples: Record<Role, (nonce: string) => readonly string[]> = {
  implementer: (nonce) => [
    `  "nonce": "${nonce}",`,
    '  "confidence": NUMBER_FROM_0_TO_1,',
    '  "summary": "…",',
    '  "files": ["src/auth.ts"],',
    `  "issues": [${finding} }]`,
  ],
  validator: (nonce) => [
    `  "nonce": "${nonce}",`,
    '  "score": NUMBER_FROM_0_TO_1,',
    `  "findings": [${finding}, "proof": "…" }],`,
    '  "confirmed": ["test/auth.test.ts"]',
  ],
  'product-owner': (nonce) => [
    `  "nonce": "${nonce}",`,
    '  "decision": PROCEED_ITERATE_OR_ABORT,',
    '  "reason": "…",',
    '  "confidence": NUMBER_FROM_0_TO_1,',
    '  "feedback": ["…"],',
    '  "deferred": ["…"]',
  ],
};

/** A sample object of a role's result; not valid JSON, on purpose. */
export function resultSample(role: Role, nonce: string): string {
  return ['{', ...samples[role](nonce), '}'].join('\n');
}

const rules: Record<Role, readonly string[]> = {
  implementer: [
    'nonce and confidence are required; confidence is a number from 0 to 1, never a percentage or a fraction.',
    'files lists what you changed; issues lists what is still wrong (severity, text, and file and line where there are any).',
  ],
  validator: [
    'nonce and score are required; score is a number from 0 to 1, never a percentage or a fraction.',
    'A low score takes at least one finding (severity, text, and file, line and proof where there are any; proof is a failing command or how it fails).',
    'confirmed lists the protected files whose change you confirm.',
  ],
  'product-owner': [
    'nonce and decision are required; decision is exactly one of the three words.',
    'ITERATE takes at least one feedback item; deferred lists what can wait.',
  ],
};

/** The rules of a role's result, one sentence a line. */
export function resultRules(role: Role): readonly string[] {
  return rules[role];
}

export type JsonSchema = { [name: string]: JsonValue };
type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };
export type JsonObjectSchema = {
  type: 'object';
  required: string[];
  properties: { [name: string]: JsonSchema };
};

const strings: JsonSchema = { type: 'array', items: { type: 'string' } };
const findings: JsonSchema = {
  type: 'array',
  items: {
    type: 'object',
    required: ['severity', 'text'],
    properties: {
      severity: { type: 'string', enum: ['critical', 'warning', 'suggestion'] },
      text: { type: 'string', minLength: 1 },
      file: { type: 'string' },
      line: { type: 'integer', minimum: 1 },
      proof: { type: 'string' },
    },
  },
};
const number: JsonSchema = { type: 'number', minimum: 0, maximum: 1 };

const schemas: Record<Role, JsonObjectSchema> = {
  implementer: {
    type: 'object',
    required: ['nonce', 'confidence'],
    properties: {
      nonce: { type: 'string' },
      confidence: number,
      summary: { type: 'string' },
      files: strings,
      issues: findings,
    },
  },
  validator: {
    type: 'object',
    required: ['nonce', 'score'],
    properties: { nonce: { type: 'string' }, score: number, findings, confirmed: strings },
  },
  'product-owner': {
    type: 'object',
    required: ['nonce', 'decision'],
    properties: {
      nonce: { type: 'string' },
      decision: { type: 'string', enum: ['PROCEED', 'ITERATE', 'ABORT'] },
      reason: { type: 'string' },
      confidence: number,
      feedback: strings,
      deferred: strings,
    },
  },
};

/** JSON Schema of a role's result, for tools (MCP) and repair prompts. */
export function resultJsonSchema(role: Role): JsonObjectSchema {
  return schemas[role];
}
