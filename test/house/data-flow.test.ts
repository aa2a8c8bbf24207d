import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  POINT_OF,
  transferHistoryKey,
  transferKey,
  type TransferName,
} from '../../src/protocol/transfer-points.ts';
import { ROOT } from './sources.ts';

const page = readFileSync(join(ROOT, 'docs', 'data-flow.md'), 'utf8');
const ADDRESS = { taskId: '{id}' };

it('[FL-139] the map of the data flow names every transfer point with the key that the loop writes', () => {
  const rows = page.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    return /^\d$/.test(cells[1] ?? '') ? [[cells[1], cells[2], cells[3]]] : [];
  });
  const names = (Object.keys(POINT_OF) as TransferName[]).filter((name) => name !== 'product-owner');
  expect(rows).toEqual(names.map((name) => [String(POINT_OF[name]), name, transferKey(name, ADDRESS).name]));
  expect(transferKey('product-owner', ADDRESS).name).not.toBe(transferKey('reviewer', ADDRESS).name);
  expect(transferHistoryKey('gate', ADDRESS, 2)?.name).toBe('gate:{id}:2');
});

it('[FL-139] the pages and commands that the map leads to are there', () => {
  const links = Array.from(page.matchAll(/\]\(([^)#]+)/g), (match) => match[1] ?? '');
  expect(links.length).toBeGreaterThan(2);
  expect(links.filter((link) => !existsSync(join(ROOT, 'docs', link)))).toEqual([]);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  for (const name of ['test:cfn-v3', 'test:cfn-v3:confidence', 'test:cfn-v3:dataflow']) {
    expect(scripts).toHaveProperty([name]);
    expect(page).toContain(name);
  }
});
