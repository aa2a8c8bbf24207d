import { isNode, parse } from './imports.ts';
import type { Source } from './sources.ts';
import { isText, nameOf, texts } from './untranslated.ts';

type Judge = (text: string) => boolean;

/** Attributes of elements and of our own components that a person reads or hears. */
const HEARD: ReadonlySet<string> = new Set([
  'label',
  'title',
  'aria-label',
  'placeholder',
  'hint',
  'alt',
  'about',
]);

const hasLetters: Judge = (text) => /\p{L}/u.test(text) && text !== 'CFN Loop';
const never: Judge = () => false;

/**
 * Texts of a webview's program that do not go through `l10n.t`, as `file "text"`: all with letters that stand in
 * elements or in attributes that are heard, and what looks like words in the tables and functions behind them.
 */
export function untranslatedDrawn({ file, text }: Source): readonly string[] {
  return [...drawn(parse(file, text), isText)].map((found) => `${file} ${JSON.stringify(found)}`);
}

function* drawn(node: unknown, judge: Judge): Generator<string> {
  if (Array.isArray(node)) {
    for (const each of node) yield* drawn(each, judge);
    return;
  }
  if (!isNode(node)) return;
  if (node.type.startsWith('JSX')) return yield* inElement(node, judge);
  switch (node.type) {
    case 'ImportDeclaration':
    case 'TSLiteralType':
      return;
    case 'Literal':
      return yield* texts(node).filter(judge);
    case 'TemplateLiteral':
      yield* texts(node).filter(judge);
      return yield* drawn(node['expressions'], judge);
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return yield* drawn(node['body'], judge === hasLetters ? isText : judge);
    case 'BinaryExpression':
      return yield* drawn([node['left'], node['right']], node['operator'] === '+' ? judge : never);
    case 'CallExpression':
    case 'NewExpression':
      return yield* inCall(node, judge);
  }
  for (const [name, value] of Object.entries(node)) if (!isName(node.type, name)) yield* drawn(value, judge);
}

/** What it is compared with, called or taken by is not shown. */
const isName = (type: string, name: string): boolean =>
  (type === 'SwitchCase' && name === 'test') ||
  (type === 'Property' && name === 'key') ||
  (type === 'MemberExpression' && name === 'property');

function* inElement(node: ReturnType<typeof parse>, judge: Judge): Generator<string> {
  switch (node.type) {
    case 'JSXText': {
      const text = String(node['value']).replaceAll(/\s+/g, ' ').trim();
      if (hasLetters(text)) yield text;
      return;
    }
    case 'JSXAttribute':
      return yield* drawn(node['value'], HEARD.has(nameOf(node['name'])) ? hasLetters : never);
    case 'JSXElement':
    case 'JSXFragment':
      if (isKeyCap(node['openingElement'])) return;
      yield* drawn(node['openingElement'], isText);
      return yield* drawn(node['children'], hasLetters);
  }
  for (const value of Object.values(node)) yield* drawn(value, judge);
}

const isKeyCap = (opening: unknown): boolean => isNode(opening) && nameOf(opening['name']) === 'kbd';

/** What is handed to a function as a text is its matter; what is made for it on the way is not. */
function* inCall(node: ReturnType<typeof parse>, judge: Judge): Generator<string> {
  yield* drawn(node['callee'], judge);
  const given = Array.isArray(node['arguments']) ? node['arguments'] : [];
  const isPlain = (each: unknown) => isNode(each) && /^(?:Literal|TemplateLiteral)$/.test(each.type);
  const callee = node['callee'];
  const isSaid = isNode(callee) && callee.type === 'MemberExpression' && nameOf(callee['property']) === 'say';
  yield* drawn(
    given.filter((each) => isSaid || !isPlain(each)),
    judge,
  );
}
