import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { rangeText } from '../../domain/agents/versions.ts';
import { serverNames } from '../../protocol/mcp.ts';
import { PRESET_IDS, PRESETS } from './presets.ts';
import { providers } from './registry.ts';

const page = readFileSync(new URL('../../../docs/agent-presets.md', import.meta.url), 'utf8');
const yes = (value: boolean) => (value ? 'yes' : 'no');

it.each([...providers.values()].filter(({ id }) => id !== 'exec' && !id.endsWith('+acp')))(
  'the page on presets says of $id what its data says',
  ({ id, confined, resume, reports, mcp, verified }) => {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${id}\``)) ?? '';
    const cells = row.split('|').map((cell) => cell.trim());
    expect(cells.slice(3, 7)).toEqual(
      [confined, resume === 'anywhere', reports.usage, reports.cost].map(yes),
    );
    expect(cells[8]).toBe(yes(mcp));
    expect(cells[7]).toBe(verified ? rangeText(verified) : id === 'demo' ? 'this build' : 'nothing');
  },
);

it.each(PRESET_IDS)('the README names %s with the versions that were verified', (id) => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const { title, verified } = PRESETS[id];
  const row = readme.split('\n').find((line) => line.startsWith(`| \`${id}\``)) ?? '';
  expect(
    row
      .split('|')
      .map((cell) => cell.trim())
      .slice(2, 4),
  ).toEqual([title, rangeText(verified)]);
});

it('gives pictures to the CLI that takes them by a flag, but none whose path that flag would split', () => {
  const images = ['/out/attachments/1-a.png', '/ou,t/2-b.png'];
  const lines = PRESET_IDS.map((id) => {
    const program = { kind: 'preset', preset: id } as const;
    const given = { program, permission: 'edits', sessionId: null, outFolder: '/out', images } as const;
    return [id, providers.get(id)?.command(given).argv ?? []] as const;
  });
  expect(lines.filter(([, argv]) => argv.join(' ').includes('.png')).map(([id]) => id)).toEqual(['codex']);
  const argv = lines.find(([id]) => id === 'codex')?.[1] ?? [];
  const at = argv.indexOf('--image');
  // It takes as many values as follow: a flag has to come next.
  expect(argv.slice(at, at + 3)).toEqual(['--image', images[0], '-c']);
});

it.each([...providers.keys()].filter((id) => id !== 'exec'))(
  'puts the token of the MCP server into no argument, setting or file of %s',
  (id) => {
    const names = serverNames('playwright');
    const further = { name: names.known, url: `http://127.0.0.1:1${names.path}`, variables: names };
    const mcp = {
      url: 'http://127.0.0.1:1/mcp',
      token: 'token-of-the-attempt',
      configFile: '/a/mcp.json',
      servers: [{ ...further, token: 'token-of-another-server' }],
    };
    const given = {
      program: { kind: 'preset', preset: id },
      sessionId: null,
      outFolder: '/out',
      mcp,
    } as const;
    const commands = (['edits', 'full'] as const).map((permission) =>
      JSON.stringify(providers.get(id)?.command({ ...given, permission }) ?? ''),
    );
    expect(commands.filter((command) => /token-of/.test(command))).toEqual([]);
    // By ACP it goes with the session.
    const wanted = ['CFN_MCP_TOKEN', 'CFN_MCP_PLAYWRIGHT_TOKEN', 'cfn-playwright', further.url];
    const told = commands.every((command) => wanted.every((text) => command.includes(text)));
    expect(told).toBe(providers.get(id)?.mcp === true && !id.endsWith('+acp'));
  },
);

it('gives no key of one provider to a preset that does not speak to it', () => {
  const names = (id: string) => providers.get(id)?.environment ?? [];
  expect(names('claude').filter((name) => name.startsWith('OPENAI'))).toEqual([]);
  expect(names('codex').filter((name) => name.startsWith('ANTHROPIC'))).toEqual([]);
  expect([...names('exec'), ...names('demo')].filter((name) => /KEY|TOKEN/.test(name))).toEqual([]);
});
