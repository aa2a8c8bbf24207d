import { expect, it } from 'vitest';
import { ROLES } from '../domain/loop/model.ts';
import { checkResult } from './agent-result.ts';
import { resultJsonSchema } from './agent-result-sample.ts';
import { ATTEMPT_TOOLS, attemptTools, isAttemptTool } from './mcp.ts';

it.each(ROLES)('asks a %s for its result by the schema of results, without the nonce', (role) => {
  const { report_result: tool } = attemptTools(role);
  expect(tool.inputSchema.properties).toEqual(resultJsonSchema(role).properties);
  expect(['nonce', ...tool.inputSchema.required]).toEqual(resultJsonSchema(role).required);
  // What the schema says is enough, is enough for the reading too.
  const least = { confidence: 0.5, score: 1, decision: 'PROCEED', nonce: 'n' };
  const given = Object.fromEntries(
    Object.entries(least).filter(([name]) => name in tool.inputSchema.properties),
  );
  expect(checkResult(JSON.stringify(given), { role, nonce: 'n' })).toMatchObject({ ok: true });
});

it('describes each tool in words, and every enumeration with its type, which some providers demand', () => {
  for (const role of ROLES) {
    const tools = attemptTools(role);
    expect(Object.keys(tools)).toEqual([...ATTEMPT_TOOLS]);
    for (const { description, title } of Object.values(tools))
      expect(`${title} ${description}`).toMatch(/\w{3}/);
    const schemas = JSON.stringify(tools);
    expect(schemas.match(/"enum"/g) ?? []).toHaveLength(
      schemas.match(/"type":"string","enum"/g)?.length ?? 0,
    );
  }
  expect(isAttemptTool('report_result')).toBe(true);
  expect(isAttemptTool('toString')).toBe(false);
});
