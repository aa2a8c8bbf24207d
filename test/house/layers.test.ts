import { describe, expect, it } from 'vitest';
import { importsOf } from './imports.ts';
import { violations } from './layers.ts';
import { sources } from './sources.ts';

describe('who may know whom', () => {
  const all = sources();

  it('holds in every source file', () => {
    expect(violations(all)).toEqual([]);
  });

  it('is really looked at: most files refer to others', () => {
    const references = all.flatMap((source) => importsOf(source.file, source.text));
    expect(all.length).toBeGreaterThan(100);
    expect(references.length).toBeGreaterThan(all.length * 2);
  });

  it.each([
    ['src/domain/x.ts', "import { readFile } from 'node:fs';"],
    ['src/domain/x.ts', "import fs = require('fs');"],
    ['src/domain/x.ts', "type T = import('node:fs').Stats;"],
    ['src/domain/x.ts', "import * as z from 'zod';"],
    ['src/domain/x.ts', "import type { Journal } from '../ports/journal.ts';"],
    ['src/base/x.ts', "export * from '../domain/correlation.ts';"],
    ['src/ports/x.ts', "import { ok } from '../base/result.ts';"],
    ['src/protocol/x.ts', "import { createHash } from 'node:crypto';"],
    ['src/app/x.ts', "await import('../adapters/journal/loop-store.ts');"],
    ['src/app/x.ts', "type T = import('../adapters/journal/loop-store.ts').LoopStoreOptions;"],
    ['src/app/x.ts', "import 'vscode';"],
    ['src/app/x.ts', "import { core } from '../core.ts';"],
    ['src/adapters/git/x.ts', "import { writeWhole } from '../journal/durable-files.ts';"],
    ['src/adapters/git/x.ts', "import type { LoopHandle } from '../../app/loop-service.ts';"],
    ['src/adapters/git/x.ts', "const vscode = require('vscode');"],
    ['src/adapters/git/x.ts', "require.resolve('vscode');"],
    ['src/adapters/git/x.ts', 'await import(name);'],
    ['src/adapters/git/x.ts', "import { ok } from '../../base/result';"],
    ['src/servers/http/x.ts', "import { createLedger } from '../../adapters/journal/ledger.ts';"],
    ['src/servers/http/x.ts', "import { portal } from '../portal/portal.ts';"],
    ['src/cli/x.ts', "import type * as vscode from 'vscode';"],
    ['src/cli.ts', "import * as vscode from 'vscode';"],
    ['src/runner.ts', "import { front } from './vscode/front.ts';"],
    ['src/vscode/x.ts', "import Redis from 'ioredis';"],
    ['src/vscode/x.ts', "import { createLedger } from '../adapters/journal/ledger.ts';"],
    ['webview-ui/x.ts', "import { Scope } from '../src/base/scope.ts';"],
    ['webview-ui/x.ts', "import { readFile } from 'node:fs/promises';"],
    ['src/elsewhere/x.ts', "import { ok } from '../base/result.ts';"],
  ])('would not let %s say %s', (file, text) => {
    expect(violations([{ file, text }])).toEqual([expect.stringMatching(`^${file}:1 `)]);
  });

  it.each([
    ['src/domain/loop/x.ts', "import { ok } from '../../base/result.ts';"],
    ['src/ports/x.ts', "import type { Commit } from '../domain/loop/model.ts';"],
    ['src/adapters/git/x.ts', "import type { Repository } from '../../ports/worktrees.ts'; import './y.ts';"],
    ['src/core.ts', "import { createLedger } from './adapters/journal/ledger.ts';"],
    ['src/extension.ts', "import * as vscode from 'vscode'; import { front } from './vscode/front.ts';"],
    ['webview-ui/x.ts', "import { ok } from '../src/base/result.ts';"],
  ])('lets %s say %s', (file, text) => {
    expect(violations([{ file, text }])).toEqual([]);
  });
});
