import { join } from 'node:path';
import { changedFiles, isSample, passRate, readText, round, runTests, type Assignment } from './work.ts';

interface Finding {
  readonly severity: 'critical' | 'warning' | 'suggestion';
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
  readonly proof?: string;
}

const BEST_SCORE = 0.97;

const LEFTOVERS: readonly (Omit<Finding, 'file' | 'line'> & { readonly pattern: RegExp })[] = [
  { pattern: /^(?:<{7}|>{7})(?: |$)/, severity: 'critical', text: 'A conflict marker was left behind' },
  { pattern: /\b(?:test|it|describe)\.only\(/, severity: 'critical', text: 'Only this test runs' },
  { pattern: /^\s*debugger;?\s*$/, severity: 'warning', text: 'A debugger statement was left behind' },
  { pattern: /\bconsole\.log\(/, severity: 'suggestion', text: 'Printed output: is it meant to stay?' },
  { pattern: /\b(?:TODO|FIXME)\b/, severity: 'warning', text: 'Marked as unfinished' },
];

async function readChanges({ folder, say }: Assignment): Promise<Finding[]> {
  const files = await changedFiles(folder);
  await say(`▸ Reading what changed: ${files.length === 0 ? 'nothing' : files.join(', ')}`);
  const findings: Finding[] = [];
  for (const file of files) {
    const lines = (await readText(join(folder, file))).split('\n');
    for (const [index, line] of lines.entries()) {
      for (const { pattern, severity, text } of LEFTOVERS) {
        if (pattern.test(line)) findings.push({ severity, text, file, line: index + 1 });
      }
    }
  }
  return findings;
}

async function checkTests({ folder, say }: Assignment): Promise<{ rate: number; findings: Finding[] }> {
  await say('▸ Running the tests myself');
  const tests = await runTests(folder);
  await say(`  ${tests.passed.length} of ${tests.passed.length + tests.failed.length} pass`);
  return {
    rate: passRate(tests),
    findings: tests.failed.map((name) => ({
      severity: 'critical',
      text: `The test “${name}” fails.`,
      proof: 'node --test',
    })),
  };
}

/** Outside of the sample repository nothing more is looked at, and whoever reads the score should know. */
const LOOKED_FOR: Finding = {
  severity: 'suggestion',
  text: 'Demo agent: only leftovers were looked for (conflict markers, lone tests, debugger statements, TODO).',
};

const WEIGHT = { critical: 0.3, warning: 0.04, suggestion: 0 } as const;

export async function validate(assignment: Assignment): Promise<Record<string, unknown>> {
  const { folder, say, scoreThreshold } = assignment;
  const tests = (await isSample(folder)) ? await checkTests(assignment) : { rate: 1, findings: [LOOKED_FOR] };
  const findings = [...tests.findings, ...(await readChanges(assignment))];
  for (const finding of findings) {
    const where = finding.file === undefined ? '' : ` (${finding.file}:${finding.line ?? 1})`;
    await say(`  ${finding.severity}: ${finding.text}${where}`);
  }
  const lost = findings.reduce((sum, finding) => sum + WEIGHT[finding.severity], 1 - tests.rate);
  const score = round(Math.max(0, BEST_SCORE - lost));
  if (scoreThreshold !== null && score < scoreThreshold && findings.length === 0) {
    findings.push({
      severity: 'suggestion',
      text: `A scripted check never scores above ${BEST_SCORE}; ask a person or a real agent.`,
    });
  }
  await say(`▸ Score ${score}`);
  return { score, findings, confirmed: [] };
}

/** What the prompt says was measured and voted: the sections on evidence and review. */
function evidenceIn(prompt: string): readonly string[] {
  return prompt
    .split(/^## /m)
    .filter((section) => /^(?:Evidence|Review)\b/.test(section))
    .flatMap((section) => section.split('\n').slice(1))
    .map((line) => line.replace(/^- /, '').trim().slice(0, 200))
    .filter((line) => line !== '');
}

export async function decide(assignment: Assignment): Promise<Record<string, unknown>> {
  const { folder, say, prompt, description } = assignment;
  await say('▸ Reading the evidence and the votes');
  const evidence = evidenceIn(prompt);
  for (const line of evidence.slice(0, 6)) await say(`  ${line}`);
  if (!(await isSample(folder))) {
    await say('▸ PROCEED with the note; the task itself is deferred');
    return {
      decision: 'PROCEED',
      reason:
        'Demo: the loop ran to its end and only a note in demo-notes/ was written. The task itself was not done.',
      confidence: 0.6,
      feedback: [],
      deferred: [description],
    };
  }
  const { findings } = await checkTests(assignment);
  if (findings.length > 0) {
    await say(`▸ ITERATE: ${findings.length} tests fail`);
    return {
      decision: 'ITERATE',
      reason: `${findings.length} tests still fail.`,
      confidence: 0.9,
      feedback: findings.map((finding) => finding.text),
      deferred: [],
    };
  }
  await say('▸ PROCEED: every test passes and the validators agree');
  return {
    decision: 'PROCEED',
    reason: 'Every test passes on the integrated commit, and the validators reached consensus.',
    confidence: 0.95,
    feedback: [],
    deferred: [],
  };
}
