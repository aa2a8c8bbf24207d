import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, '.github', 'workflows');

const stepSchema = z.strictObject({
  name: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  env: z.record(z.string(), z.string()).optional(),
  if: z.string().optional(),
  'continue-on-error': z.union([z.boolean(), z.string()]).optional(),
});
const jobSchema = z.strictObject({
  needs: z.array(z.string()).optional(),
  'runs-on': z.string(),
  'timeout-minutes': z.number().max(90),
  strategy: z.object({ matrix: z.record(z.string(), z.unknown()) }).optional(),
  steps: z.array(stepSchema).min(1),
});
/** As strict as what we use: a misspelt key is a mistake, and nothing may write to the repository. */
const workflowSchema = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.strictObject({ contents: z.literal('read') }),
  concurrency: z.unknown().optional(),
  defaults: z.strictObject({ run: z.strictObject({ shell: z.literal('bash') }) }),
  jobs: z.record(z.string(), jobSchema),
});

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** What a command line names that is not there: npm scripts, test projects, files. */
function missing(run: string): readonly string[] {
  const wanted = [...run.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(test|start)\b)/g)];
  const paths = [...run.matchAll(/(?<=\s)((?:test|scripts|src)\/[\w./-]+)/g)];
  return [
    ...wanted.map((match) => match[1] ?? match[2] ?? '').filter((name) => scripts[name] === undefined),
    ...paths.map((match) => match[1] ?? '').filter((path) => !existsSync(join(root, path))),
  ];
}

describe.each(readdirSync(folder))('the workflow %s', (file) => {
  const workflow = workflowSchema.safeParse(parse(readFileSync(join(folder, file), 'utf8')));
  const jobs = Object.entries(workflow.data?.jobs ?? {});
  const steps = jobs.flatMap(([, job]) => job.steps);

  it('has the shape of a workflow and may only read', () => {
    expect(workflow.error?.issues ?? []).toEqual([]);
    expect(jobs.length).toBeGreaterThan(0);
    const names = new Set(jobs.map(([name]) => name));
    expect(jobs.flatMap(([, job]) => job.needs ?? []).filter((need) => !names.has(need))).toEqual([]);
  });

  it('runs only what is there', () => {
    expect(steps.flatMap(({ run }) => missing(run ?? ''))).toEqual([]);
    expect(steps.filter(({ run, uses }) => (run === undefined) === (uses === undefined))).toEqual([]);
  });

  it('uses actions of GitHub alone, each at a major version, and leaves no credentials behind', () => {
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    expect(actions.filter((uses) => !/^actions\/[\w-]+@v\d+$/.test(uses))).toEqual([]);
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.map((step) => step.with?.['persist-credentials'])).toEqual(jobs.map(() => false));
  });

  it('puts nothing that a stranger wrote into a command line', () => {
    expect(steps.filter(({ run }) => /\$\{\{/.test(run ?? ''))).toEqual([]);
  });
});

it('notices a script, a file and an action that are not there', () => {
  expect(missing('npm run no-such && npm run build')).toEqual(['no-such']);
  expect(missing('npx vitest run test/integration/none.test.ts test/house')).toEqual([
    'test/integration/none.test.ts',
  ]);
});
