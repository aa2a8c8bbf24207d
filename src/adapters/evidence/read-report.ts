import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import * as z from 'zod';
import type { CheckResult } from '../../domain/evidence.ts';
import type { ReportFormat } from './command-plan.ts';

/** Checks of a report file, or null when it is missing or cannot be read. Paths are made relative to `root`. */
export async function readReport(
  path: string,
  format: ReportFormat,
  root: string,
): Promise<readonly CheckResult[] | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null || text.trim() === '') return null;
  const roots = [root, await realpath(root).catch(() => root)];
  try {
    switch (format) {
      case 'jest':
        return fromJest(text, roots);
      case 'mocha':
        return fromMocha(text, roots);
      case 'node':
        return await fromNode(text, roots);
      case 'junit':
        return fromJunit(text);
    }
  } catch {
    return null;
  }
}

const MAX_MESSAGE_LINES = 12;
// oxlint-disable-next-line no-control-regex -- colours of terminals are what has to go
const COLOURS = /\u001B\[[\d;]*m/g;

function check(id: string, outcome: CheckResult['outcome'], message?: string | null): CheckResult {
  const text = message?.replaceAll(COLOURS, '').trim().split('\n').slice(0, MAX_MESSAGE_LINES).join('\n');
  return outcome === 'failed' && text ? { id, outcome, message: text } : { id, outcome };
}

/** The same id wherever the checkout lies: relative to it, with forward slashes. */
function relativeName(file: string, roots: readonly string[]): string {
  for (const root of roots) {
    const name = relative(root, file);
    if (isAbsolute(file) && !name.startsWith('..') && !isAbsolute(name)) return name.replaceAll('\\', '/');
  }
  return file.replaceAll('\\', '/');
}
const idOf = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(' > ');

const jestSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().nullish(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

function fromJest(text: string, roots: readonly string[]): CheckResult[] {
  return jestSchema.parse(JSON.parse(text)).testResults.flatMap((file) => {
    const name = relativeName(file.name, roots);
    const checks = file.assertionResults.map((test) => {
      const outcome = test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped';
      return check(idOf([name, ...test.ancestorTitles, test.title]), outcome, test.failureMessages?.[0]);
    });
    // A file that fails by itself: it could not be loaded, or a hook around its tests threw.
    if (file.status === 'failed' && !checks.some((one) => one.outcome === 'failed')) {
      checks.push(check(name, 'failed', file.message));
    }
    return checks;
  });
}

const mochaTestSchema = z.object({
  title: z.string(),
  fullTitle: z.string(),
  file: z.string().nullish(),
  err: z.object({ message: z.string().nullish() }).nullish(),
});
const mochaSchema = z.object({
  pending: z.array(mochaTestSchema),
  failures: z.array(mochaTestSchema),
  passes: z.array(mochaTestSchema),
});

function fromMocha(text: string, roots: readonly string[]): CheckResult[] {
  const report = mochaSchema.parse(JSON.parse(text));
  const read = (tests: z.infer<typeof mochaTestSchema>[], outcome: CheckResult['outcome']) =>
    tests.map((test) =>
      check(
        idOf([test.file ? relativeName(test.file, roots) : '', test.fullTitle]),
        outcome,
        test.err?.message,
      ),
    );
  return [
    ...read(report.passes, 'passed'),
    ...read(report.failures, 'failed'),
    ...read(report.pending, 'skipped'),
  ];
}

const nodeLineSchema = z.object({
  type: z.enum(['test:start', 'test:pass', 'test:fail']),
  nesting: z.int(),
  name: z.string(),
  file: z.string().nullable(),
  skip: z.boolean(),
  todo: z.boolean(),
  suite: z.boolean(),
  failure: z.string().nullable(),
  message: z.string().nullable(),
});
type NodeLine = z.infer<typeof nodeLineSchema>;

/** A test with subtests is not counted beside them: only what runs by itself is a check. */
async function fromNode(text: string, roots: readonly string[]): Promise<CheckResult[]> {
  const checks: CheckResult[] = [];
  let path: string[] = [];
  let deepest = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const event = nodeLineSchema.parse(JSON.parse(line));
    if (event.type === 'test:start') {
      path = [...path.slice(0, event.nesting), event.name];
      deepest = event.nesting;
      continue;
    }
    const hasSubtests = deepest > event.nesting;
    deepest = event.nesting;
    const found = await fromNodeEvent(event, { above: path.slice(0, event.nesting), hasSubtests, roots });
    if (found) checks.push(found);
  }
  return checks;
}

async function fromNodeEvent(
  event: NodeLine,
  context: { above: readonly string[]; hasSubtests: boolean; roots: readonly string[] },
): Promise<CheckResult | null> {
  const file = event.file === null ? '' : relativeName(event.file, context.roots);
  const failed = event.type === 'test:fail';
  const isContainer = event.suite || context.hasSubtests;
  if (isContainer && (!failed || event.failure === 'subtestsFailed')) return null;
  if (event.skip || event.todo) return check(idOf([file, ...context.above, event.name]), 'skipped');
  if (isWholeFile(event, context.roots)) return fromWholeFile(file, event);
  return check(idOf([file, ...context.above, event.name]), failed ? 'failed' : 'passed', event.message);
}

function isWholeFile(event: NodeLine, roots: readonly string[]): boolean {
  if (event.file === null || event.nesting > 0) return false;
  return roots.some((root) => resolve(root, event.name) === event.file) || event.name === event.file;
}

/**
 * A file without tests is one check by its own exit code. One that imports the test library and yet ran no
 * test ended early (`process.exit(0)`), which is no pass.
 */
async function fromWholeFile(file: string, event: NodeLine): Promise<CheckResult> {
  if (event.type === 'test:fail') return check(file, 'failed', event.message);
  const source = await readFile(event.file ?? '', 'utf8').catch(() => '');
  return /['"]node:test['"]/.test(source)
    ? check(file, 'failed', 'The file ended before its tests had run.')
    : check(file, 'passed');
}

interface XmlNode {
  readonly [key: string]: unknown;
}
const isNode = (value: unknown): value is XmlNode => typeof value === 'object' && value !== null;

/** JUnit XML as pytest writes it: suites may be nested, `classname` is a dotted module with classes behind it. */
function fromJunit(text: string): CheckResult[] {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseAttributeValue: false,
    parseTagValue: false,
    isArray: (name) => name === 'testcase' || name === 'testsuite',
  });
  const root: unknown = parser.parse(text, true);
  if (!isNode(root) || !('testsuites' in root || 'testsuite' in root))
    throw new Error('This is no JUnit report.');
  return casesIn(root).map((one) => {
    const id = idOf([...splitClassName(attribute(one, 'classname')), attribute(one, 'name')]);
    const failure = one['failure'] ?? one['error'];
    if (failure !== undefined) return check(id, 'failed', messageOf(failure));
    return check(id, one['skipped'] === undefined ? 'passed' : 'skipped');
  });
}

function casesIn(node: XmlNode): XmlNode[] {
  const inside = (name: string): XmlNode[] => [node[name]].flat().filter(isNode);
  return [
    ...inside('testcase'),
    ...[...inside('testsuites'), ...inside('testsuite')].flatMap((suite) => casesIn(suite)),
  ];
}
const attribute = (node: XmlNode, name: string): string => {
  const value = node[`@${name}`];
  return typeof value === 'string' ? value : '';
};

function splitClassName(name: string): string[] {
  const parts = name.split('.');
  const classes = parts.findIndex((part) => /^[A-Z]/.test(part));
  return classes < 1 ? [name] : [parts.slice(0, classes).join('.'), ...parts.slice(classes)];
}

function messageOf(failure: unknown): string {
  const first: unknown = Array.isArray(failure) ? failure[0] : failure;
  if (typeof first === 'string') return first;
  if (!isNode(first)) return '';
  const body = typeof first['#text'] === 'string' ? first['#text'] : '';
  const error = body
    .split('\n')
    .filter((line) => line.startsWith('E '))
    .join('\n');
  return [attribute(first, 'message'), error || body].filter((part) => part !== '').join('\n');
}
