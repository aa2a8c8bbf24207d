/** `npm run conformance`: writes docs/conformance.md from the checklist and the results in test-results/. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { conformance, conformancePage, type ChecklistItem } from './conformance-table.mts';
import { fromVitest, resultsFolder, type TestResult } from './test-results.mts';

const root = path.resolve(import.meta.dirname, '..');
const VITEST = '.vitest.json';

/** Results in our shape; a report of vitest's own counts where there is no file of ours for its tier. */
async function readAllResults(): Promise<readonly TestResult[]> {
  const names = (await readdir(resultsFolder).catch(() => [])).filter((name) => name.endsWith('.json'));
  const results: TestResult[] = [];
  for (const name of names.sort()) {
    const tier = name.replace(/(\.vitest)?\.json$/, '');
    const raw = name.endsWith(VITEST);
    if (raw && names.includes(`${tier}.json`)) continue;
    const report = JSON.parse(await readFile(path.join(resultsFolder, name), 'utf8'));
    if (raw || 'testResults' in report) results.push(...fromVitest(report, tier, root));
    else if (Array.isArray(report.tests)) results.push(...report.tests);
  }
  return results;
}

const checklist = JSON.parse(
  await readFile(path.join(root, 'test', 'conformance', 'checklist.json'), 'utf8'),
) as readonly ChecklistItem[];
const results = await readAllResults();
if (results.length === 0) {
  console.error(`There are no results in ${resultsFolder}; run "npm test" first.`);
  process.exit(2);
}
const { rows, unknown } = conformance(checklist, results);
await mkdir(path.join(root, 'docs'), { recursive: true });
await writeFile(path.join(root, 'docs', 'conformance.md'), conformancePage(rows));
for (const status of ['passed', 'failed', 'not yet'] as const) {
  console.log(`${status}: ${rows.filter((row) => row.status === status).length}`);
}
for (const row of rows.filter((each) => each.status === 'failed'))
  console.log(`failed: ${row.id} ${row.element}`);
if (unknown.length > 0) {
  console.error(`Titles of tests name ids that are not in the checklist: ${unknown.join(', ')}`);
  process.exitCode = 1;
}
