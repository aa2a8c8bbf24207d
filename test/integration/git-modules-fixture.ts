import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { git, write, type World } from './git-fixture.ts';

/** git as somebody runs it who allows submodules from folders of this machine. */
export const withFiles = (cwd: string, ...args: string[]): string =>
  git(cwd, '-c', 'protocol.file.allow=always', ...args);

/** A repository of its own, beside the project, to be a submodule. */
export function makeSource(world: World, name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(world.folder, 'sources', name);
  write(folder, '.gitignore', 'built/\n');
  git(folder, 'init', '-q');
  for (const [path, content] of Object.entries(files)) write(folder, path, content);
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '-m', `first of ${name}`);
  return folder;
}

/** `libs/engine`, named otherwise than its path, with `deep` inside it; `absent`, which is not initialised. */
export function addModules(world: World): void {
  const { repo } = world;
  const deep = makeSource(world, 'deep', { 'deep.txt': 'deep\n' });
  const engine = makeSource(world, 'engine', { 'main.txt': 'one\ntwo\n', 'run.sh': '#!/bin/sh\n' });
  withFiles(engine, 'submodule', '--quiet', 'add', deep, 'deep');
  git(engine, 'commit', '-q', '-m', 'with deep');
  const absent = makeSource(world, 'absent', { 'absent.txt': 'absent\n' });
  withFiles(repo, 'submodule', '--quiet', 'add', '--name', 'the engine', engine, 'libs/engine');
  withFiles(repo, 'submodule', '--quiet', 'update', '--init', '--recursive');
  withFiles(repo, 'submodule', '--quiet', 'add', absent, 'absent');
  git(repo, 'commit', '-q', '-m', 'submodules');
  git(repo, 'submodule', '--quiet', 'deinit', '-f', 'absent');
  rmSync(join(repo, '.git/modules/absent'), { recursive: true });
}

/** Paths and contents of a folder, `.git` left out. */
export function filesIn(folder: string, below = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(join(folder, below)).sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    const stat = lstatSync(join(folder, path));
    if (name === '.git') continue;
    if (stat.isDirectory()) Object.assign(found, filesIn(folder, path));
    else found[path] = stat.isSymbolicLink() ? `-> ${readlinkSync(join(folder, path))}` : text(folder, path);
  }
  return found;
}

const text = (folder: string, path: string) => readFileSync(join(folder, path), 'utf8');

/** All that the user has in a submodule: files, index, HEAD, refs and configuration. */
export const moduleState = (checkout: string): string =>
  JSON.stringify({
    files: filesIn(checkout),
    head: git(checkout, 'rev-parse', 'HEAD'),
    refs: git(checkout, 'for-each-ref'),
    status: git(checkout, 'status', '--porcelain'),
    config: git(checkout, 'config', '--list', '--local'),
    pointer: existsSync(join(checkout, '.git')),
  });
