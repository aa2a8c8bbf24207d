import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface TestResult {
  readonly title: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** `unit`, `integration`, `host`, `e2e`, `check`. */
  readonly tier: string;
  readonly file?: string;
  readonly message?: string;
  /** It failed once and passed when it was tried again. */
  readonly flaky?: true;
}

export const resultsFolder = path.resolve(import.meta.dirname, '..', 'test-results');

/** One file for each tier; the conformance page is made of them. */
export async function writeResults(tier: string, tests: readonly TestResult[]): Promise<void> {
  await mkdir(resultsFolder, { recursive: true });
  await writeFile(path.join(resultsFolder, `${tier}.json`), `${JSON.stringify({ tests }, null, 1)}\n`);
}

export async function readResults(tier: string): Promise<readonly TestResult[]> {
  const text = await readFile(path.join(resultsFolder, `${tier}.json`), 'utf8');
  return (JSON.parse(text) as { tests: TestResult[] }).tests;
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

const STATUS: Readonly<Record<string, TestResult['status']>> = { passed: 'passed', failed: 'failed' };

/** vitest's JSON report in our shape; a file that could not be loaded counts as one failure. */
export function fromVitest(report: VitestReport, tier: string, root: string): TestResult[] {
  return report.testResults.flatMap((file): TestResult[] => {
    const name = path.relative(root, file.name).replaceAll('\\', '/');
    if (file.assertionResults.length === 0 && file.status === 'failed') {
      return [
        { title: `${name} can be loaded`, status: 'failed', tier, file: name, message: file.message ?? '' },
      ];
    }
    return file.assertionResults.map((each) => ({
      title: each.fullName,
      status: STATUS[each.status] ?? 'skipped',
      tier,
      file: name,
      ...(each.failureMessages?.[0] ? { message: each.failureMessages[0] } : {}),
      ...(each.status === 'passed' && each.failureMessages?.[0] ? { flaky: true as const } : {}),
    }));
  });
}
