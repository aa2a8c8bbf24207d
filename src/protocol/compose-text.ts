/** Compose files as text, quoted as people write them. */
import { Document, isPair, isScalar, visit, type Scalar } from 'yaml';
import type { ComposeFile } from '../domain/containers/compose.ts';

const ONE_LINE: ReadonlySet<string> = new Set(['test', 'command']);

/** Begins every file that we write, and no file that somebody else wrote. */
export const COMPOSE_MARK = '# Written by "cfn compose"; a change is lost when it is written again.';

export function composeText(file: ComposeFile): string {
  // Older Compose reads YAML 1.1, to which `22:22` is a number.
  const document = new Document(file, { version: '1.1', aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (key, node) => {
      if (key !== 'key' && isScalar(node)) quote(node);
    },
    Seq: (_key, node, path) => {
      // What is run or asked is one line, as in `["CMD", "curl"]`.
      const above = path.at(-1);
      if (!isPair(above) || !isScalar(above.key) || !ONE_LINE.has(String(above.key.value))) return;
      node.flow = true;
      for (const item of node.items) if (isScalar(item)) item.type = 'QUOTE_DOUBLE';
    },
  });
  // The directive of the version is for programs that read any; Compose is not one.
  const text = document.toString({ lineWidth: 0, directives: false, flowCollectionPadding: false });
  return `${COMPOSE_MARK}\n${text}`;
}

function quote(node: Scalar): void {
  if (typeof node.value !== 'string') return;
  if (/^[\d.]+$/.test(node.value)) node.type = 'QUOTE_SINGLE';
  else if (/^\$\{[^}]+\}:\d+$/.test(node.value)) node.type = 'QUOTE_DOUBLE';
}
