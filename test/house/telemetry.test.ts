import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { toJSONSchema } from 'zod/mini';
import { TELEMETRY_EVENTS } from '../../src/vscode/telemetry/events.ts';

interface Shape {
  readonly properties: Readonly<Record<string, { readonly type: string; readonly enum?: readonly string[] }>>;
}

it('documents every telemetry event with its fields and values, and no other', async () => {
  const page = await readFile(path.join(import.meta.dirname, '..', '..', 'docs', 'telemetry.md'), 'utf8');
  const documented = page
    .split('\n')
    .flatMap((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      const [, event = '', field = '', value = ''] = cells;
      return /^`\w+`$/.test(event) ? [[event, field, value].join(' ').replaceAll('`', '')] : [];
    })
    .toSorted();
  const defined = Object.entries(TELEMETRY_EVENTS).flatMap(([event, schema]) => {
    const { properties } = toJSONSchema(schema) as unknown as Shape;
    return Object.entries(properties).map(([field, { type, enum: words }]) => {
      const value =
        words?.join(', ') ?? (type === 'integer' ? 'number' : 'name of a command of ours, such as startLoop');
      return `${event} ${field} ${value}`;
    });
  });
  expect(documented).toEqual(defined.toSorted());
});
