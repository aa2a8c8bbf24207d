import { lstat, readFile, realpath, rm } from 'node:fs/promises';
import { isAbsolute, join, posix, relative } from 'node:path';
import lcovParser from '@friedemannsommer/lcov-parser';
import { XMLParser } from 'fast-xml-parser';
import * as z from 'zod';
import type { FileCoverage } from '../../domain/coverage.ts';
import { below } from './safe-paths.ts';

type Format = 'lcov' | 'istanbul' | 'cobertura';

/** Where tools write their reports, from the folder that the command runs in; the first that is there counts. */
const REPORTS: readonly (readonly [name: string, format: Format])[] = [
  ['coverage/lcov.info', 'lcov'],
  ['lcov.info', 'lcov'],
  ['coverage/lcov/lcov.info', 'lcov'],
  ['coverage/coverage-final.json', 'istanbul'],
  ['coverage/cobertura-coverage.xml', 'cobertura'],
  ['coverage.xml', 'cobertura'],
  ['cobertura.xml', 'cobertura'],
];
const MOST_BYTES = 64 * 1024 * 1024;

export interface CoverageReport {
  /** Of the report, from the folder that the command ran in. */
  readonly name: string;
  readonly files: readonly FileCoverage[];
}

export interface CoveragePlace {
  /** Of the checkout. */
  readonly root: string;
  /** The folder that the command runs in, from the root; '' at the root. */
  readonly prefix: string;
}

/** Takes away what lies there before the command runs: a committed report is none of this run. */
export async function clearReports({ root, prefix }: CoveragePlace): Promise<void> {
  for (const [name] of REPORTS) {
    const path = posix.join(prefix, name);
    const file = below(root, path);
    // Below a link a removal could reach a file of somebody else.
    if (file && (await noLinkAbove(root, path))) await rm(file, { recursive: true, force: true });
  }
}

/** The report that the command wrote, or null. `name`: only that one counts. */
export async function readCoverage(place: CoveragePlace): Promise<CoverageReport | null> {
  for (const [name, format] of REPORTS) {
    const path = posix.join(place.prefix, name);
    const file = below(place.root, path);
    if (!file || !(await noLinkAbove(place.root, path))) continue;
    const found = await lstat(file).catch(() => null);
    if (!found?.isFile() || found.size > MOST_BYTES) continue;
    const files = await parsed(await readFile(file, 'utf8'), format, place).catch(() => null);
    return files ? { name, files } : null;
  }
  return null;
}

async function noLinkAbove(root: string, path: string): Promise<boolean> {
  let folder = root;
  for (const part of path.split('/').slice(0, -1)) {
    folder = join(folder, part);
    const found = await lstat(folder).catch(() => null);
    if (found === null) return true;
    if (!found.isDirectory()) return false;
  }
  return true;
}

type Told = { readonly path: string; readonly lines: FileCoverage['lines'] };

async function parsed(text: string, format: Format, place: CoveragePlace): Promise<readonly FileCoverage[]> {
  const told =
    format === 'lcov' ? await lcov(text) : format === 'istanbul' ? istanbul(text) : cobertura(text);
  const root = await realpath(place.root);
  return told.flatMap(({ path, lines }) => {
    const own = fromRoot(path, { ...place, root });
    return own === null || lines.length === 0 ? [] : [{ path: own, lines }];
  });
}

/** A report of files outside the checkout says nothing about it. */
function fromRoot(path: string, { root, prefix }: CoveragePlace): string | null {
  const plain = path.replaceAll('\\', '/');
  const own = isAbsolute(path)
    ? relative(root, path).replaceAll('\\', '/')
    : posix.normalize(posix.join(prefix, plain));
  return own === '' || own.startsWith('../') || isAbsolute(own) ? null : own;
}

async function lcov(text: string): Promise<readonly Told[]> {
  const sections = await lcovParser({ from: text });
  return sections.map(({ path, lines }) => ({
    path,
    lines: lines.details.map(({ line, hit }) => [line, hit] as const),
  }));
}

const istanbulSchema = z.record(
  z.string(),
  z.object({
    path: z.string(),
    statementMap: z.record(z.string(), z.object({ start: z.object({ line: z.int() }) })),
    s: z.record(z.string(), z.number()),
  }),
);

/** A line was run as often as the statement that begins there and was run most. */
function istanbul(text: string): readonly Told[] {
  return Object.values(istanbulSchema.parse(JSON.parse(text))).map(({ path, statementMap, s }) => {
    const hits = new Map<number, number>();
    for (const [id, { start }] of Object.entries(statementMap))
      hits.set(start.line, Math.max(s[id] ?? 0, hits.get(start.line) ?? 0));
    return { path, lines: [...hits] };
  });
}

const number = z.coerce.number().check(z.int(), z.nonnegative());
const coberturaSchema = z.object({
  coverage: z.object({
    sources: z
      .object({ source: z.array(z.string()) })
      .optional()
      .catch(undefined),
    packages: z.object({
      package: z.array(
        z.object({
          classes: z.object({
            class: z.array(
              z.object({
                filename: z.string(),
                lines: z.object({ line: z.array(z.object({ number, hits: number })) }).catch({ line: [] }),
              }),
            ),
          }),
        }),
      ),
    }),
  }),
});
const LISTS = new Set(['package', 'class', 'line', 'source']);

function cobertura(text: string): readonly Told[] {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    processEntities: false,
    isArray: (name) => LISTS.has(name),
  });
  const { sources, packages } = coberturaSchema.parse(parser.parse(text)).coverage;
  const source = sources?.source.length === 1 ? (sources.source[0] ?? '') : '';
  return packages.package.flatMap(({ classes }) =>
    classes.class.map(({ filename, lines }) => ({
      path: isAbsolute(filename) || source === '' ? filename : posix.join(source, filename),
      lines: lines.line.map(({ number: line, hits }) => [line, hits] as const),
    })),
  );
}
