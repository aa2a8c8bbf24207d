import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const titles = Array.from(
  readFileSync(`${root}/test/integration/loop/trace.test.ts`, 'utf8').matchAll(/it\('([^']+)'/g),
  (match) => match[1] ?? '',
);

it.each(['test:cfn-v3', 'test:cfn-v3:confidence', 'test:cfn-v3:dataflow'])(
  '[FL-130] npm run %s runs the trace of real loops',
  (name) => {
    const filter =
      / -t ("[^"]*"|'[^']*'|\S+)/.exec(scripts[name] ?? '')?.[1]?.replace(/^["']|["']$/g, '') ?? '';
    expect(
      titles.filter((title) => new RegExp(filter).test(title) || title.includes(filter)).length,
    ).toBeGreaterThan(0);
  },
);
