import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { importsOf, type ImportOf } from './imports.ts';
import type { Source } from './sources.ts';

/** What the files of one layer may refer to. `types`: only in ways that are gone when the program runs. */
interface Layer {
  readonly values: readonly string[];
  readonly types?: readonly string[];
  readonly node?: boolean;
  /** Packages by name; `*`: all that the project depends on, but not `vscode`. */
  readonly packages?: readonly string[];
}

/*
 * Adapters and front ends may call the pure rules of the domain; protocol reuses its closed lists of words. Nothing
 * but `vscode/` and the extension's entry knows the editor, and nobody but a composition root knows an adapter.
 */
const LAYERS: Readonly<Record<string, Layer>> = {
  base: { values: [] },
  domain: { values: ['base'] },
  protocol: { values: ['base', 'domain'], packages: ['zod', 'yaml'] },
  ports: { values: [], types: ['base', 'domain', 'protocol'] },
  app: { values: ['base', 'domain', 'protocol'], types: ['ports'], packages: ['zod', 'ignore'] },
  adapters: { values: ['base', 'domain', 'protocol'], types: ['ports'], node: true, packages: ['*'] },
  servers: { values: ['app', 'base', 'domain', 'protocol'], types: ['ports'], node: true, packages: ['*'] },
  cli: { values: ['app', 'base', 'domain', 'protocol'], types: ['ports'], node: true, packages: ['*'] },
  vscode: {
    values: ['app', 'base', 'domain', 'protocol'],
    types: ['ports'],
    node: true,
    packages: ['vscode', 'zod'],
  },
  'webview-ui': { values: ['base', 'protocol'], types: ['domain'], packages: ['*'] },
};

/** Composition roots wire everything; those that run without an editor must not know it. */
const ROOTS_WITH_EDITOR: ReadonlySet<string> = new Set(['extension']);
/** Loaded by everything that draws in a browser, which has no Node. */
const BROWSER_BASE: ReadonlySet<string> = new Set(['src/base/result.ts']);

const BUILTIN = new Set(builtinModules);

/** Every reference that breaks a rule, as `file:line what`. */
export function violations(sources: readonly Source[]): readonly string[] {
  return sources.flatMap((source) =>
    importsOf(source.file, source.text).flatMap((found) => {
      const problem = judge(source.file, found);
      return problem ? [`${source.file}:${found.line} ${problem}`] : [];
    }),
  );
}

function judge(file: string, found: ImportOf): string | null {
  const { specifier } = found;
  if (specifier === '<computed>') return 'refers to a name that is computed, which can not be checked';
  const here = placeOf(file);
  if (here.kind === 'root') return judgeRoot(here.name, specifier);
  const rule = LAYERS[here.layer];
  if (!rule) return `stands in ${here.layer}, a folder that has no rule`;
  if (specifier.startsWith('.')) return judgeOwn(file, found, here, rule);
  if (specifier.startsWith('node:') || BUILTIN.has(specifier)) {
    return rule.node ? null : `${here.layer} must not use Node (${specifier})`;
  }
  const name = packageOf(specifier);
  const allowed = rule.packages ?? [];
  if (allowed.includes(name) || (allowed.includes('*') && name !== 'vscode')) return null;
  return `${here.layer} must not use the package ${name}`;
}

function judgeRoot(name: string, specifier: string): string | null {
  if (ROOTS_WITH_EDITOR.has(name)) return null;
  return specifier === 'vscode' || specifier.startsWith('./vscode/')
    ? `${name} must not know the editor`
    : null;
}

function judgeOwn(file: string, found: ImportOf, here: InLayer, rule: Layer): string | null {
  const target = posix.normalize(posix.join(posix.dirname(file), found.specifier));
  const there = placeOf(target);
  if (!/\.[a-z]+$/.test(target)) return `${found.specifier} needs its extension`;
  if (there.kind === 'root') return `${here.layer} must not import the composition root ${target}`;
  if (there.layer === here.layer && there.part === here.part) return null;
  if (here.layer === 'webview-ui' && there.layer === 'base' && !found.typeOnly && !BROWSER_BASE.has(target)) {
    return `webview-ui must not use ${target}`;
  }
  if (there.layer === here.layer)
    return `${here.layer}/${here.part} must not use ${there.layer}/${there.part}`;
  if (rule.values.includes(there.layer)) return null;
  if (rule.types?.includes(there.layer)) {
    return found.typeOnly ? null : `${here.layer} may use types of ${there.layer} only`;
  }
  return `${here.layer} must not use ${there.layer}`;
}

interface InLayer {
  readonly kind: 'layer';
  readonly layer: string;
  /** Adapters and servers are kept apart from each other, too. */
  readonly part: string;
}

function placeOf(file: string): InLayer | { readonly kind: 'root'; readonly name: string } {
  const [top = '', layer = '', part = ''] = file.split('/');
  if (top === 'webview-ui') return { kind: 'layer', layer: 'webview-ui', part: '' };
  if (top !== 'src') return { kind: 'layer', layer: top, part: '' };
  if (part === '') return { kind: 'root', name: layer.replace(/\.ts$/, '') };
  return { kind: 'layer', layer, part: layer === 'adapters' || layer === 'servers' ? part : '' };
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
