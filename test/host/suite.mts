/** The smallest test runner that works inside an extension host: no globals, no reporters, no dependencies. */
export type TestBody = () => Promise<void> | void;

interface Test {
  readonly title: string;
  readonly body: TestBody;
}

export interface TestResult {
  readonly title: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly tier: 'host';
  readonly ms: number;
  /** Failure or reason of a skip. */
  readonly message?: string;
}

/** Marks the one line of output that carries all results. */
export const RESULTS_MARK = 'CFN-HOST-RESULTS ';
const TEST_LIMIT_MS = 60_000;

const tests: Test[] = [];

export function test(title: string, body: TestBody): void {
  tests.push({ title, body });
}

/** Thrown by a test that cannot run here. */
export class Skip extends Error {}

export async function runAll(): Promise<readonly TestResult[]> {
  const results: TestResult[] = [];
  for (const each of tests) {
    const startedAt = Date.now();
    const end = await outcome(each.body);
    results.push({ title: each.title, tier: 'host', ms: Date.now() - startedAt, ...end });
  }
  return results;
}

async function outcome(body: TestBody): Promise<Pick<TestResult, 'status' | 'message'>> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${TEST_LIMIT_MS / 1000} s`)), TEST_LIMIT_MS);
  });
  try {
    await Promise.race([Promise.resolve(body()), limit]);
    return { status: 'passed' };
  } catch (error) {
    if (error instanceof Skip) return { status: 'skipped', message: error.message };
    return {
      status: 'failed',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  } finally {
    clearTimeout(timer);
  }
}
