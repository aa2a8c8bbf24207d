/** What package.json promises the editor, held to the code. */
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { toJSONSchema } from 'zod/mini';
import { TOOL_INPUTS } from '../../src/protocol/tool-inputs.ts';

const root = path.join(import.meta.dirname, '..', '..');
const read = (file: string) => readFile(path.join(root, file), 'utf8');

interface Entry {
  readonly command: string;
  readonly when?: string;
  readonly group?: string;
}
interface Tool {
  readonly name: string;
  readonly inputSchema: {
    readonly properties: Readonly<Record<string, { readonly description?: string }>>;
    readonly required?: readonly string[];
  };
}
interface Manifest {
  readonly enabledApiProposals?: unknown;
  readonly contributes: {
    readonly commands: readonly {
      readonly command: string;
      readonly title: string;
      readonly category: string;
      readonly icon?: string;
      readonly enablement?: string;
    }[];
    readonly menus: Readonly<Record<string, readonly Entry[]>>;
    readonly keybindings?: readonly Entry[];
    readonly viewsWelcome: readonly { readonly when: string; readonly contents: string }[];
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly id: string;
        readonly description: string;
        readonly completionEvents?: readonly string[];
        readonly media: { readonly image: Readonly<Record<string, string>>; readonly altText: string };
      }[];
    }[];
    readonly languageModelTools: readonly Tool[];
  };
}

const manifest = JSON.parse(await read('package.json')) as Manifest;
const texts = JSON.parse(await read('package.nls.json')) as Readonly<Record<string, string>>;
const { contributes } = manifest;
/** What a person reads in place of `%key%`. */
const said = (text: string) => texts[text.slice(1, -1)] ?? '';
const declared = new Set(contributes.commands.map(({ command }) => command));

const registered = async () => {
  const source = await read('src/vscode/commands/register.ts');
  const record = /const COMMANDS[^{]*\{([^]*?)\n\};/.exec(source)?.[1] ?? '';
  return new Set(Array.from(record.matchAll(/^ {2}(\w+)[,:]/gm), ([, name]) => `cfn.${name}`));
};

/** Ran from rows and tabs alone, with what those hand over. */
const NOT_IN_PALETTE = new Set(['cfn.showFileDiff', 'cfn.showIterationDiff']);

describe('package.json', () => {
  it('declares every command that is registered, and no other', async () => {
    const known = await registered();
    expect(known.size).toBeGreaterThan(20);
    expect([...declared].filter((command) => !known.has(command))).toEqual([]);
    expect([...known].filter((command) => !declared.has(command) && !NOT_IN_PALETTE.has(command))).toEqual(
      [],
    );
  });

  it('refers in menus, keys, welcome views and walkthroughs only to commands that are there', () => {
    const ours = [...Object.values(contributes.menus).flat(), ...(contributes.keybindings ?? [])].map(
      ({ command }) => command,
    );
    const links = JSON.stringify([contributes, texts]).matchAll(/(?:command|onCommand):(cfn\.[\w.]+)/g);
    const linked = Array.from(links, ([, id]) => id ?? '');
    const focus = /^cfn\.(?:inbox|agents|keys)\.focus$/;
    const missing = [...ours, ...linked].filter(
      (id) => id.startsWith('cfn.') && !declared.has(id) && !focus.test(id),
    );
    expect(missing).toEqual([]);
  });

  it('puts every command under CFN, with a title that begins like one', () => {
    const odd = contributes.commands.filter(
      ({ title, category }) => category !== 'CFN' || !/^[A-Z]/.test(said(title)),
    );
    expect(odd).toEqual([]);
  });

  it('makes no action of a row wait for a condition: rows may be drawn before it is known, and stay as they are', () => {
    const inRows = (contributes.menus['view/item/context'] ?? []).filter(({ group }) =>
      group?.startsWith('inline'),
    );
    const waiting = new Set(contributes.commands.flatMap((each) => (each.enablement ? [each.command] : [])));
    expect(inRows.length).toBeGreaterThan(3);
    expect(inRows.filter(({ command }) => waiting.has(command))).toEqual([]);
  });

  it('binds no key outside our own views and documents', () => {
    const loose = (contributes.keybindings ?? []).filter(
      ({ when }) =>
        !/(?:activeWebviewPanelId|focusedView|activeCustomEditorId|resourceScheme|editorLangId) == '?cfn/.test(
          when ?? '',
        ),
    );
    expect(loose).toEqual([]);
  });

  it('has its texts in package.nls.json, where they can be translated, and no other there', () => {
    const named = Array.from(JSON.stringify(manifest).matchAll(/"%([\w.-]+)%"/g), ([, key]) => key ?? '');
    expect(named.toSorted()).toEqual(Object.keys(texts).toSorted());
    expect(untranslatable(contributes)).toEqual([]);
  });

  it('asks for no proposed API', () => {
    expect(manifest.enabledApiProposals).toBeUndefined();
  });

  it('says something in each welcome text before it offers at most one button', () => {
    // A line that is a link and nothing else is drawn as a button.
    const isButton = (line: string) => /^\[[^\]]+\]\([^)]+\)$/.test(line);
    const odd = contributes.viewsWelcome.filter(({ contents }) => {
      const lines = said(contents).split('\n');
      return lines.filter(isButton).length > 1 || isButton(lines[0] ?? '');
    });
    expect(odd).toEqual([]);
  });

  it('completes each step of the walkthrough by something that can happen, and shows it as a picture', async () => {
    const steps = contributes.walkthroughs.flatMap((tour) => tour.steps);
    const odd = steps.filter(
      ({ completionEvents, media }) =>
        (completionEvents ?? []).length === 0 || said(media.altText).length < 20,
    );
    expect(odd).toEqual([]);
    const pictures = steps.flatMap(({ media }) => Object.values(media.image));
    await expect(Promise.all(pictures.map((file) => access(path.join(root, file))))).resolves.toBeTruthy();
  });

  it('declares the tools with the input that their schemas take', () => {
    const tools = new Map(contributes.languageModelTools.map((tool) => [tool.name, tool]));
    expect([...tools.keys()].toSorted()).toEqual(Object.keys(TOOL_INPUTS).toSorted());
    for (const [name, schema] of Object.entries(TOOL_INPUTS)) {
      const { $schema: _, ...wanted } = toJSONSchema(schema, { io: 'input' });
      const given = tools.get(name)?.inputSchema;
      expect(withoutDescriptions(given)).toEqual(wanted);
      expect(Object.values(given?.properties ?? {}).filter(({ description }) => !description)).toEqual([]);
    }
  });
});

const READ = new Set(['title', 'contents', 'altText', 'fullName', 'userDescription', 'displayName']);
const READ_OF_SETTINGS = new Set(['description', 'markdownDescription']);

/** Texts that a person reads and that stand in package.json itself. */
function untranslatable(node: unknown, place = ''): readonly string[] {
  if (Array.isArray(node)) return node.flatMap((each) => untranslatable(each, place));
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    // What a model is told is for models, and stays as it is tested.
    if (key === 'inputSchema' || key === 'disambiguation') return [];
    if (typeof value !== 'string') return untranslatable(value, `${place}.${key}`);
    const read = READ.has(key) || READ_OF_SETTINGS.has(key);
    return read && !/^%[\w.-]+%$/.test(value) ? [`${place}.${key}`] : [];
  });
}

function withoutDescriptions(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutDescriptions);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => key !== 'description' || typeof value !== 'string')
      .map(([key, value]) => [key, withoutDescriptions(value)]),
  );
}
