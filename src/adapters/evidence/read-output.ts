import * as z from 'zod';
import type { CheckResult } from '../../domain/evidence.ts';

/** Reads checks from a runner's output as it arrives; `checks` gives null when the output cannot be trusted. */
export interface OutputReader {
  add(text: string): void;
  checks(): readonly CheckResult[] | null;
}

const MAX_LINE = 1_000_000;
const MAX_MESSAGE = 2_000;

function byLine(onLine: (line: string) => void): { add(text: string): void; end(): void } {
  let rest = '';
  return {
    add(text) {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(0, MAX_LINE);
      for (const line of lines) onLine(line.replace(/\r$/, ''));
    },
    end() {
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}

const goEventSchema = z.object({
  Action: z.string(),
  Package: z.string().default(''),
  ImportPath: z.string().default(''),
  Test: z.string().optional(),
  Output: z.string().optional(),
});

/** `go test -json`. A test with subtests is not counted beside them. */
export function createGoReader(): OutputReader {
  const outcomes = new Map<string, CheckResult['outcome']>();
  const output = new Map<string, string>();
  const parents = new Set<string>();
  const lines = byLine((line) => {
    // Before Go 1.24 a package that does not build is named in plain text only.
    const broken = /^FAIL\s+(\S+) \[(?:build|setup) failed\]$/.exec(line);
    if (broken?.[1] !== undefined) outcomes.set(broken[1], 'failed');
    if (!line.startsWith('{')) return;
    const event = parseGo(line);
    if (!event) return;
    const id =
      event.Test === undefined ? event.Package || event.ImportPath : `${event.Package} > ${event.Test}`;
    if (event.Output !== undefined)
      output.set(id, ((output.get(id) ?? '') + event.Output).slice(0, MAX_MESSAGE));
    const outcome = ({ pass: 'passed', fail: 'failed', skip: 'skipped' } as const)[event.Action];
    if (outcome === undefined) return;
    outcomes.set(id, outcome);
    if (event.Test?.includes('/')) parents.add(id.slice(0, id.lastIndexOf('/')));
  });
  return {
    add: (text) => lines.add(text),
    checks() {
      lines.end();
      return goChecks(outcomes, output, parents);
    },
  };
}

function goChecks(
  outcomes: ReadonlyMap<string, CheckResult['outcome']>,
  output: ReadonlyMap<string, string>,
  parents: ReadonlySet<string>,
): readonly CheckResult[] | null {
  if (outcomes.size === 0) return null;
  const all = Array.from(outcomes);
  const failsInside = (id: string, mark: string) =>
    all.some(([other, outcome]) => outcome === 'failed' && other.startsWith(`${id}${mark}`));
  return all.flatMap(([id, outcome]) => {
    const isPackage = !id.includes(' > ');
    // A package or parent counts only where it failed by itself: it did not build, or its own body failed.
    if (isPackage && (outcome !== 'failed' || failsInside(id, ' > '))) return [];
    if (parents.has(id) && (outcome !== 'failed' || failsInside(id, '/'))) return [];
    const message = outcome === 'failed' ? output.get(id)?.trim() : undefined;
    return [message ? { id, outcome, message } : { id, outcome }];
  });
}

function parseGo(line: string): z.infer<typeof goEventSchema> | null {
  try {
    return goEventSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

/** The text of `cargo test`, both streams in one. */
export function createCargoReader(): OutputReader {
  const found: { id: string; outcome: CheckResult['outcome'] }[] = [];
  const messages = new Map<string, string>();
  let target = '';
  let running = false;
  let failing: string | null = null;
  let promised = 0;
  const lines = byLine((line) => {
    const header = targetOf(line);
    if (header !== null) target = header;
    else if (/^running \d+ tests?$/.test(line)) running = true;
    else if (line.startsWith('test result: ')) {
      running = false;
      failing = null;
      promised += totalOf(line);
    } else if (/^---- (.+) stdout ----$/.test(line)) {
      failing = idIn(target, line.slice(5, -12));
    } else if (failing !== null) {
      messages.set(failing, `${messages.get(failing) ?? ''}${line}\n`.slice(0, MAX_MESSAGE));
    } else if (running) {
      const test = testOf(line, target);
      if (test) found.push(test);
    }
  });
  return {
    add: (text) => lines.add(text),
    checks() {
      lines.end();
      // Output of tests that was not captured breaks lines; what cannot be counted is not to be trusted.
      if (promised !== found.length || (running && found.length === 0)) return null;
      if (target === '') return null;
      return found.map(({ id, outcome }) => {
        const message = outcome === 'failed' ? messages.get(id)?.trim() : undefined;
        return message ? { id, outcome, message } : { id, outcome };
      });
    },
  };
}

/** `demo src/lib.rs` from `Running unittests src/lib.rs (target/debug/deps/demo-8348ca7a80742723)`. */
function targetOf(line: string): string | null {
  const program = /^\s+Running (?:unittests )?(\S+) \((?:.*[\\/])?([^\\/)]+?)-[0-9a-f]{16}(?:\.exe)?\)$/.exec(
    line,
  );
  if (program) return `${program[2]} ${program[1]?.replaceAll('\\', '/')}`;
  const doc = /^\s+Doc-tests (\S+)$/.exec(line);
  return doc ? `${doc[1]} doc` : null;
}

function testOf(line: string, target: string): { id: string; outcome: CheckResult['outcome'] } | null {
  const match = /^test (.+) \.\.\. (ok|FAILED|ignored)(?:, .*)?$/.exec(line);
  if (!match?.[1]) return null;
  const outcome = match[2] === 'ok' ? 'passed' : match[2] === 'FAILED' ? 'failed' : 'skipped';
  return { id: idIn(target, match[1]), outcome };
}

/** Without line numbers and remarks, which move without a change of the check. */
const idIn = (target: string, name: string): string =>
  `${target} > ${name
    .replace(/ - should panic$/, '')
    .replace(/ \(line \d+\)/, '')
    .replace(/ - (?:compile|compile fail)$/, '')}`;

function totalOf(line: string): number {
  const counts = /(\d+) passed; (\d+) failed; (\d+) ignored/.exec(line);
  return counts ? Number(counts[1]) + Number(counts[2]) + Number(counts[3]) : Number.NaN;
}
