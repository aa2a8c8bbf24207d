/** The page on settings, made from what package.json tells the editor about them. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Texts } from './l10n.mts';

interface Setting {
  readonly type: string | readonly string[];
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly enumDescriptions?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly scope?: string;
  readonly markdownDescription?: string;
  readonly description?: string;
}
interface Group {
  readonly title: string;
  readonly properties: Readonly<Record<string, Setting>>;
}
interface SettingsManifest {
  readonly contributes: { readonly configuration: Group | readonly Group[] };
}

const root = path.resolve(import.meta.dirname, '..');
export const SETTINGS_PAGE = path.join(root, 'docs', 'settings.md');

export const readManifest = async (): Promise<SettingsManifest> =>
  JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as SettingsManifest;

const HEAD = `# Settings

Written by \`npm run docs\` from \`package.json\`; VS Code shows the same under **Settings → Extensions → CFN Loop**.
The command line takes the same names as flags, and \`.cfn/config.json\` and epic files those that are a repository's to say.
`;

/** Who may set it, by the editor's scopes; without one a workspace may, too. */
const SCOPES: Readonly<Record<string, string>> = {
  application: 'you',
  machine: 'you',
  'machine-overridable': 'you, workspace',
  resource: 'you, workspace, folder',
};

export function settingsPage(manifest: SettingsManifest, texts: Texts): string {
  const say = (value: string) => value.replace(/^%([\w.-]+)%$/, (_, key: string) => texts[key] ?? key);
  const { configuration } = manifest.contributes;
  const groups: readonly Group[] = 'properties' in configuration ? [configuration] : configuration;
  const sections = groups.map(({ title, properties }) => {
    const rows = Object.entries(properties).map(([name, setting]) =>
      row([
        `\`${name}\``,
        takes(setting),
        standard(setting),
        SCOPES[setting.scope ?? ''] ?? 'you, workspace',
        meaning(setting, say),
      ]),
    );
    return [
      `## ${say(title)}`,
      '',
      row(['setting', 'takes', 'default', 'set by', 'meaning']),
      row(['---', '---', '---', '---', '---']),
      ...rows,
    ].join('\n');
  });
  return `${[HEAD, ...sections].join('\n')}\n`.replaceAll('\n## ', '\n\n## ').replaceAll('\n\n\n', '\n\n');
}

const row = (cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')).join(' | ')} |`;

function takes({ type, enum: words, minimum, maximum }: Setting): string {
  const some = words?.filter((word) => word !== null);
  if (some) return some.map((word) => `\`${String(word)}\``).join(', ');
  const kind = [type]
    .flat()
    .filter((each) => each !== 'null')
    .join(' or ');
  if (minimum !== undefined && maximum !== undefined) return `${kind}, ${minimum} to ${maximum}`;
  return minimum === undefined ? kind : `${kind}, at least ${minimum}`;
}

function standard({ default: value }: Setting): string {
  if (value === undefined || value === null || value === '') return 'empty';
  return Array.isArray(value) && value.length === 0
    ? 'empty'
    : `\`${JSON.stringify(value).replaceAll('"', '')}\``;
}

function meaning(setting: Setting, say: (text: string) => string): string {
  const words = setting.enum ?? [];
  const details = (setting.enumDescriptions ?? []).map(
    (text, index) => `\`${String(words[index])}\`: ${say(text)}`,
  );
  return [say(setting.markdownDescription ?? setting.description ?? ''), ...details].join(' ');
}
