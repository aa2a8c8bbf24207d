import { isNode, parse, walk } from './imports.ts';
import type { Source } from './sources.ts';

const CLOCKS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['Math', new Set(['random'])],
  ['Date', new Set(['now'])],
  ['performance', new Set(['now'])],
  ['crypto', new Set(['randomUUID', 'getRandomValues'])],
]);
const SURROUNDINGS: ReadonlySet<string> = new Set([
  'process',
  'console',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'globalThis',
]);

type Members = readonly (readonly [object: string, property: string])[];

/** `Math.random`, wherever it stands; the loop's figures come from evidence. */
export function inventedNumbers(source: Source): readonly string[] {
  return members(source)
    .filter(([object, property]) => object === 'Math' && property === 'random')
    .map(() => `${source.file} uses Math.random`);
}

/** Time, randomness and the process in files that have to be pure. */
export function impurities(source: Source): readonly string[] {
  const used = members(source)
    .filter(([object, property]) => CLOCKS.get(object)?.has(property))
    .map(([object, property]) => `${object}.${property}`);
  const names = new Set<string>();
  for (const node of walk(parse(source.file, source.text))) {
    if (node.type === 'NewExpression' && isName(node['callee'], 'Date') && isEmpty(node['arguments'])) {
      names.add('new Date()');
    }
    for (const part of ['object', 'callee']) {
      const name = nameOf(node[part]);
      if (name !== null && SURROUNDINGS.has(name)) names.add(name);
    }
  }
  return [...used, ...names].map((name) => `${source.file} uses ${name}`);
}

function members(source: Source): Members {
  return [...walk(parse(source.file, source.text))].flatMap((node) => {
    if (node.type !== 'MemberExpression') return [];
    const object = nameOf(node['object']);
    const property = nameOf(node['property']) ?? literalOf(node['property']);
    return object !== null && property !== null ? [[object, property] as const] : [];
  });
}

/** Not the portal's event, which only looks like one. */
const KEY =
  /^(?!agent:update$)(?:swarm|gate|handoff|coord|chain|broadcast|mesh|lock|events|cache|session|task|agent):(?!\s|\/\/)/;

/** Texts that begin like a coordination key: keys come from one builder, so that writer and reader agree. */
export function keyTexts(source: Source): readonly string[] {
  return [...walk(parse(source.file, source.text))].flatMap((node) => {
    const text = node.type === 'TemplateElement' ? templateText(node['value']) : literalOf(node);
    return text !== null && KEY.test(text) ? [`${source.file} builds the key ${text}`] : [];
  });
}

function nameOf(node: unknown): string | null {
  return isNode(node) && node.type === 'Identifier' && typeof node['name'] === 'string' ? node['name'] : null;
}

function isName(node: unknown, name: string): boolean {
  return nameOf(node) === name;
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}

function literalOf(node: unknown): string | null {
  return isNode(node) && node.type === 'Literal' && typeof node['value'] === 'string' ? node['value'] : null;
}

function templateText(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('raw' in value)) return null;
  return typeof value.raw === 'string' ? value.raw : null;
}
