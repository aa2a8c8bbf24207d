import { describe, expect, it } from 'vitest';
import { isManifest, protectedKind, restorePackageJson, restorePyproject } from './protected-files.ts';

describe('protected files', () => {
  it.each([
    ['test', 'test/login.js'],
    ['test', 'packages/api/tests/data/users.json'],
    ['test', 'src/__tests__/a.ts'],
    ['test', 'src/login.test.ts'],
    ['test', 'src/login.spec.mjs'],
    ['test', 'src/__snapshots__/a.test.ts.snap'],
    ['test', 'pkg/login_test.go'],
    ['test', 'test_login.py'],
    ['test', 'app/conftest.py'],
    ['test', 'lib/login-test.js'],
    ['test', 'test.js'],
    ['test', 'src/tests.rs'],
    ['test', 'src/LoginTest.java'],
    ['test', 'Login.Tests/LoginTests.cs'],
    ['test', 'spec/login_spec.rb'],
    ['test', 'Tests/Login.swift'],
    ['config', 'vitest.config.ts'],
    ['config', 'packages/a/jest.config.js'],
    ['config', '.mocharc.yml'],
    ['config', 'tsconfig.build.json'],
    ['config', 'eslint.config.js'],
    ['config', '.npmrc'],
    ['config', '.yarnrc.yml'],
    ['config', 'pytest.ini'],
    ['config', 'setup.cfg'],
    ['config', 'Makefile'],
    ['config', '.cargo/config.toml'],
    ['config', '.env.test'],
    ['ci', '.github/workflows/test.yml'],
    ['ci', '.gitlab-ci.yml'],
    ['setup', '.cfn/setup.sh'],
    ['setup', '.cfn/config.json'],
    ['setup', '.worktreeinclude'],
  ] as const)('protects as %s: %s', (kind, path) => {
    expect(protectedKind(path)).toBe(kind);
  });

  it.each([
    'src/login.ts',
    'README.md',
    'src/latest.ts',
    'src/contest/entry.ts',
    'api/openapi-spec.yaml',
    'src/attestation.java',
    'src/Latest.java',
    'package-lock.json',
    'Cargo.toml',
    'package.json',
    'test/package.json',
    'docs/testing.md',
    'index.js',
  ])('leaves product files alone: %s', (path) => {
    expect(protectedKind(path)).toBeNull();
  });

  it('knows manifests of which only a part is protected', () => {
    expect(isManifest('packages/a/package.json')).toBe('package.json');
    expect(isManifest('pyproject.toml')).toBe('pyproject.toml');
    expect(isManifest('src/package.json.ts')).toBeNull();
  });
});

describe('package.json in the restored run', () => {
  const text = (value: unknown) => JSON.stringify(value);

  it('has scripts and tool configuration of the base, and dependencies as the agents left them', () => {
    const base = text({ name: 'a', scripts: { test: 'vitest run' }, jest: { bail: true }, dependencies: {} });
    const left = text({
      name: 'a',
      scripts: { test: 'echo ok' },
      mocha: { spec: 'none' },
      dependencies: { zod: '4.0.0' },
    });
    const restored = restorePackageJson(base, left);
    expect(restored.changed).toBe(true);
    expect(JSON.parse(restored.text)).toEqual({
      name: 'a',
      scripts: { test: 'vitest run' },
      jest: { bail: true },
      dependencies: { zod: '4.0.0' },
    });
  });

  it('is left byte for byte where only dependencies changed', () => {
    const base = text({ name: 'a', scripts: { a: '1', b: '2' } });
    const left = text({ dependencies: { zod: '4.0.0' }, scripts: { b: '2', a: '1' }, name: 'a' });
    expect(restorePackageJson(base, left)).toEqual({ text: left, changed: false });
  });

  it('loses the scripts of a package that is new', () => {
    const restored = restorePackageJson(null, text({ name: 'b', scripts: { postinstall: 'evil' } }));
    expect(restored.changed).toBe(true);
    expect(JSON.parse(restored.text)).toEqual({ name: 'b' });
  });

  it('is the base where the left text cannot be read', () => {
    expect(restorePackageJson('{"name":"a"}', '{').text).toBe('{"name":"a"}');
    expect(restorePackageJson(null, '[]')).toEqual({ text: '{}', changed: true });
  });
});

describe('pyproject.toml in the restored run', () => {
  const base = '[project]\nname = "a"\n\n[tool.pytest.ini_options]\naddopts = "-q"\n';

  it('has tool tables of the base and dependencies as the agents left them', () => {
    const left = [
      '[project]\nname = "a"\ndependencies = ["httpx"]\n',
      '[tool.pytest.ini_options]\naddopts = "--ignore=tests"\n',
      '[tool.poetry.dependencies]\nhttpx = "*"\n',
      '[tool.evil]\nx = 1\n',
    ].join('\n');
    expect(restorePyproject(base, left)).toEqual({
      changed: true,
      text: '[project]\nname = "a"\ndependencies = ["httpx"]\n\n[tool.poetry.dependencies]\nhttpx = "*"\n\n[tool.pytest.ini_options]\naddopts = "-q"\n',
    });
  });

  it('is left byte for byte where no tool table changed', () => {
    const left = `${base}\n[project.urls]\nhome = "x"\n`;
    expect(restorePyproject(base, left)).toEqual({ changed: false, text: left });
  });
});
