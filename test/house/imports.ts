import { parseSync } from 'oxc-parser';

export interface ImportOf {
  readonly specifier: string;
  /** Gone when the program runs. */
  readonly typeOnly: boolean;
  readonly line: number;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Every node below `root`, itself included. */
export function* walk(root: unknown): Generator<Node> {
  if (Array.isArray(root)) {
    for (const item of root) yield* walk(item);
  } else if (isNode(root)) {
    yield root;
    for (const value of Object.values(root)) if (typeof value === 'object') yield* walk(value);
  }
}

export function parse(file: string, text: string): Node {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  return program as unknown as Node;
}

/**
 * What a source file refers to, in whatever way: `import`, `export … from`, `import()`, `import x = require()`,
 * `require()`, `require.resolve()` and `import('…').T`. A name that is not a plain text is shown as `<computed>`.
 */
export function importsOf(file: string, text: string): readonly ImportOf[] {
  const imports: ImportOf[] = [];
  for (const node of walk(parse(file, text))) {
    const found = reference(node);
    if (found) imports.push({ ...found, line: text.slice(0, node.start).split('\n').length });
  }
  return imports;
}

type Reference = Omit<ImportOf, 'line'>;

function reference(node: Node): Reference | null {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return isNode(node['source'])
        ? { specifier: textOf(node['source']), typeOnly: isTypeOnly(node) }
        : null;
    case 'ImportExpression':
      return { specifier: textOf(node['source']), typeOnly: false };
    case 'TSImportType':
      return { specifier: textOf(node['source']), typeOnly: true };
    case 'TSExternalModuleReference':
      return { specifier: textOf(node['expression']), typeOnly: false };
    case 'CallExpression':
      return isRequire(node['callee'])
        ? { specifier: textOf((node['arguments'] as unknown[])[0]), typeOnly: false }
        : null;
    default:
      return null;
  }
}

function isTypeOnly(node: Node): boolean {
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  const specifiers = node['specifiers'];
  if (!Array.isArray(specifiers) || specifiers.length === 0) return false;
  return specifiers.every((each: Node) => each['importKind'] === 'type' || each['exportKind'] === 'type');
}

function isRequire(callee: unknown): boolean {
  if (!isNode(callee)) return false;
  if (callee.type === 'Identifier') return callee['name'] === 'require';
  return callee.type === 'MemberExpression' && isRequire(callee['object']);
}

function textOf(node: unknown): string {
  if (!isNode(node)) return '<computed>';
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node.type === 'TemplateLiteral' && Array.isArray(node['quasis']) && node['quasis'].length === 1) {
    const cooked: unknown = (node['quasis'][0] as { value: { cooked: unknown } }).value.cooked;
    if (typeof cooked === 'string') return cooked;
  }
  return '<computed>';
}
