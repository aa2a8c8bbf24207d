import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { REPAIRS, type Repair } from './sample.ts';
import { isSample, passRate, readText, round, runTests, type Assignment, type TestRun } from './work.ts';

/** Nobody should be surer than this without a person having looked. */
const MOST_CONFIDENT = 0.95;

export async function implement(assignment: Assignment): Promise<Record<string, unknown>> {
  return (await isSample(assignment.folder)) ? repairSample(assignment) : writeNote(assignment);
}

async function repair(folder: string, wanted: Repair): Promise<boolean> {
  const path = join(folder, wanted.file);
  const before = await readText(path);
  if (!before.includes(wanted.find)) return false;
  await writeFile(
    path,
    before.replace(wanted.find, () => wanted.replace),
  );
  return true;
}

async function sayTests({ say }: Assignment, tests: TestRun): Promise<void> {
  await say(`  ${tests.passed.length} of ${tests.passed.length + tests.failed.length} pass`);
  for (const name of tests.failed) await say(`  ✗ ${name}`);
}

/**
 * Without feedback it does the obvious half, as first attempts often do; what the feedback names,
 * and whatever else still fails then, comes in the next iteration.
 */
async function repairSample(assignment: Assignment): Promise<Record<string, unknown>> {
  const { folder, feedback, say } = assignment;
  await say('▸ Running the tests to see where things stand');
  const before = await runTests(folder);
  await sayTests(assignment, before);
  for (const item of feedback) await say(`▸ Feedback: ${item.split('\n')[0]?.slice(0, 160) ?? ''}`);

  const files = new Set<string>();
  for (const wanted of REPAIRS) {
    if (!before.failed.includes(wanted.test)) continue;
    if (feedback.length === 0 && !wanted.first) continue;
    if (!(await repair(folder, wanted))) continue;
    files.add(wanted.file);
    const named = feedback.some((item) => item.includes(wanted.test)) ? ' (named in the feedback)' : '';
    await say(`✎ ${wanted.file}: ${wanted.says}${named}`);
  }

  await say('▸ Running the tests again');
  const after = await runTests(folder);
  await sayTests(assignment, after);
  const confidence = round(Math.min(MOST_CONFIDENT, passRate(after)));
  await say(`▸ Confidence ${confidence}: the share of tests that pass`);
  return {
    confidence,
    summary: `Demo agent: ${after.passed.length} of ${after.passed.length + after.failed.length} tests pass, ${before.passed.length} did before.`,
    files: [...files],
    issues: after.failed.map((name) => ({ severity: 'warning', text: `Still failing: ${name}` })),
  };
}

/** In any other repository: a labelled note, because a script without a model cannot do the task. */
async function writeNote(assignment: Assignment): Promise<Record<string, unknown>> {
  const { folder, description, feedback, iteration, say } = assignment;
  // One file for each agent, so that the parts of a split merge.
  const note = `demo-notes/${assignment.agentId}.md`;
  await say('▸ This is not the sample repository. A script without a model cannot do your task.');
  await say(`✎ ${note}: a note that shows the way of a change through the loop, and nothing else`);
  const path = join(folder, note);
  const before = await readFile(path, 'utf8').catch(
    () =>
      '# Demo\n\nWritten by the demo agent of CFN Loop (scripted, no model). The task itself was not done.\n',
  );
  const items = feedback.map((item) => `  - ${item.replaceAll(/\s+/g, ' ').slice(0, 300)}\n`).join('');
  const entry = `\n- Iteration ${iteration}, task: ${description.replaceAll(/\s+/g, ' ').slice(0, 300)}\n${items}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, before + entry);
  const confidence = feedback.length === 0 ? 0.5 : 0.9;
  await say(`▸ Confidence ${confidence}, for the note alone`);
  return {
    confidence,
    summary: `Demo agent: wrote ${note}. The task itself was not done.`,
    files: [note],
    issues: [
      {
        severity: 'warning',
        text: `Only a demo: ${note} holds the task, nothing was implemented.`,
        file: note,
      },
    ],
  };
}
