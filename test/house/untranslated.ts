import { isNode, parse, walk } from './imports.ts';
import type { Source } from './sources.ts';

/** Properties of dialogs, rows and items that a person reads. */
const READ: ReadonlySet<string> = new Set([
  'title',
  'prompt',
  'placeHolder',
  'placeholder',
  'tooltip',
  'detail',
  'none',
  'subtitle',
]);
const TOLD = new Set(['note', 'offer', 'confirm', 'setStatusBarMessage']);

/** Texts that a person reads and that do not go through `l10n.t`, as `file "text"`. */
export function untranslated(source: Source): readonly string[] {
  const found: string[] = [];
  for (const node of walk(parse(source.file, source.text))) {
    if (node.type === 'Property' && READ.has(nameOf(node['key'])))
      found.push(...texts(node['value']).filter(isText));
    if (node.type !== 'CallExpression' || !isNode(node['callee'])) continue;
    const { callee } = node;
    if (callee.type !== 'MemberExpression' || !TOLD.has(nameOf(callee['property']))) continue;
    const given = node['arguments'];
    if (Array.isArray(given)) found.push(...given.flatMap(texts).filter(isText));
  }
  return found.map((text) => `${source.file} ${JSON.stringify(text)}`);
}

/** The texts that an expression may come to; those inside calls are the called one's matter. */
export function texts(node: unknown): string[] {
  if (!isNode(node)) return [];
  if (node.type === 'ConditionalExpression')
    return [...texts(node['consequent']), ...texts(node['alternate'])];
  if (node.type === 'LogicalExpression') return [...texts(node['left']), ...texts(node['right'])];
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? [node['value']] : [];
  if (node.type !== 'TemplateLiteral' || !Array.isArray(node['quasis'])) return [];
  const quasis = node['quasis'].flatMap((quasi) => (isNode(quasi) ? [rawOf(quasi['value'])] : []));
  return [quasis.join('…')];
}

/** Words rather than an id. */
export const isText = (text: string): boolean =>
  /^[A-Z][a-z]|[a-z]\s+[a-z]/.test(text) && !/^(?:CFN Loop|<)/.test(text);

const rawOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'raw' in value && typeof value.raw === 'string'
    ? value.raw
    : '';

export const nameOf = (node: unknown): string =>
  isNode(node) && typeof node['name'] === 'string' ? node['name'] : '';
