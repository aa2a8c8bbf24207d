/**
 * Which files of a repository decide what the evidence says, so that agents who change them are noticed.
 *
 * `test`: tests, their data and helpers. `config`: configuration of tests, builds and checks, package
 * managers' settings. `ci`: what a CI server runs. `setup`: what prepares a checkout. Tests that live inside
 * product files (Rust's `#[cfg(test)]`, doctests) cannot be told apart by path and are not protected.
 */
export type ProtectedKind = 'test' | 'config' | 'ci' | 'setup';

const TEST_FOLDERS =
  /(?:^|\/)(?:tests?|__tests?__|specs?|e2e|cypress|playwright|testdata|__mocks__|__snapshots__|__fixtures__)\//;

/** Endings of program text: `openapi-spec.yaml` is no test. */
const CODE =
  '(?:[cm]?[jt]sx?|py|rb|rs|go|php|sh|bash|lua|dart|exs?|erl|hs|ml|clj[cs]?|c|cc|cpp|cxx|jl|pl|r|nim|zig)';

const TEST_NAMES = [
  /\.(?:test|spec|cy|e2e)\.[^/.]+$/,
  /\.(?:test|spec)-d\.[cm]?ts$/,
  /\.snap$/,
  new RegExp(`^tests?\\.${CODE}$`),
  new RegExp(`[-_](?:test|spec)s?\\.${CODE}$`),
  new RegExp(`^test[-_][^/]*\\.${CODE}$`),
  /^conftest\.py$/,
  /\.bats$/,
  /^(?:setup-?tests?|test-?setup|jest[.-]setup|vitest[.-]setup)\.[^/]+$/,
];
/** Names that mean tests only in their own case: `LatestFoo.java` is none. */
const TEST_NAMES_WITH_CASE = [
  /(?:Tests?|Spec|IT)\.(?:java|kt|kts|scala|groovy|cs|fs|vb|swift|php|m|mm)$/,
  /^Test[A-Z][^/]*\.java$/,
];

const CONFIG_NAMES = [
  /^(?:vitest|vite|jest|karma|playwright|cypress|ava|babel|webpack|rollup|rspack|esbuild|tsup|tsdown|rolldown|metro|wdio|nightwatch|stryker|eslint|prettier|stylelint|commitlint|knip|biome|nodemon|jasmine|web-test-runner|cucumber)\.(?:config|conf|workspace|projects|setup)(?:\.[^/]+)?$/,
  /^\.?(?:mocharc|babelrc|swcrc|nycrc|c8rc|taprc|eslintrc|prettierrc|stylelintrc|oxlintrc|oxfmtrc|jshintrc|jscsrc|xo-config|lintstagedrc|lighthouserc)(?:\.[^/]+)?$/,
  /^\.(?:eslintignore|prettierignore|coveragerc|flake8|pylintrc|rspec|simplecov|golangci\.ya?ml|npmrc|yarnrc|yarnrc\.ya?ml|pnpmfile\.c?js|env\.test(?:\.[^/]+)?|tarpaulin\.toml|bazelrc|jasmine\.json)$/,
  /^(?:ts|js)config(?:\.[^/]+)?\.json$/,
  /^(?:biome\.jsonc?|turbo\.json|nx\.json|lerna\.json|project\.json|bunfig\.toml|deno\.jsonc?|codecov\.ya?ml)$/,
  /^(?:pytest\.ini|\.pytest\.ini|tox\.ini|setup\.cfg|noxfile\.py|mypy\.ini|ruff\.toml|\.ruff\.toml|pyrightconfig\.json|pytest\.toml)$/,
  /^(?:makefile|gnumakefile|[^/]+\.mk|justfile|\.justfile|taskfile\.ya?ml|rakefile|cmakelists\.txt|ctestconfig\.cmake|meson\.build|build\.(?:gradle|xml|sbt)(?:\.kts)?|settings\.gradle(?:\.kts)?|gradle\.properties|pom\.xml|phpunit\.xml(?:\.dist)?|directory\.build\.(?:props|targets)|[^/]+\.runsettings)$/,
  /^(?:tslint\.json|eslint-suppressions\.json|dprint\.jsonc?|\.rubocop(?:_todo)?\.ya?ml|\.golangci\.(?:toml|json)|\.mypy\.ini|\.markdownlint[^/]*|phpstan[^/]*\.neon(?:\.dist)?|checkstyle\.xml|detekt\.ya?ml|\.swiftlint\.ya?ml)$/,
  /^(?:nextest\.toml|rustfmt\.toml|\.rustfmt\.toml|clippy\.toml|\.clippy\.toml|rust-toolchain(?:\.toml)?)$/,
];
const CONFIG_PATHS = [
  /(?:^|\/)\.cargo\//,
  /(?:^|\/)\.config\/nextest\.toml$/,
  /(?:^|\/)\.mocharc\//,
  /(?:^|\/)gradle\/wrapper\//,
];

const CI_PATHS = [
  /^\.github\/(?:workflows|actions)\//,
  /^\.(?:circleci|buildkite|woodpecker|ci|drone|gitlab\/ci)\//,
  /^\.(?:gitlab-ci|travis|drone|woodpecker|cirrus|appveyor)(?:\.[^/]+)?\.ya?ml$/,
  /^(?:azure-pipelines|bitbucket-pipelines|appveyor)(?:[-.][^/]+)?\.ya?ml$/,
  /(?:^|\/)jenkinsfile$/,
];

/**
 * Kind of a protected file, or null. `path` is relative to the repository's root with forward slashes;
 * case does not matter, because it does not on every platform's disk. `package.json` and `pyproject.toml`
 * are protected in parts only: see `restorePackageJson` and `restorePyproject`.
 */
export function protectedKind(path: string): ProtectedKind | null {
  const lower = path.toLowerCase();
  if (lower.startsWith('.cfn/') || lower === '.worktreeinclude') return 'setup';
  if (CI_PATHS.some((pattern) => pattern.test(lower))) return 'ci';
  const name = path.slice(path.lastIndexOf('/') + 1);
  const lowerName = name.toLowerCase();
  if (CONFIG_NAMES.some((pattern) => pattern.test(lowerName))) return 'config';
  if (CONFIG_PATHS.some((pattern) => pattern.test(lower))) return 'config';
  if (isManifest(path)) return null;
  if (TEST_FOLDERS.test(lower) || TEST_NAMES.some((pattern) => pattern.test(lowerName))) return 'test';
  return TEST_NAMES_WITH_CASE.some((pattern) => pattern.test(name)) ? 'test' : null;
}

export type ManifestKind = 'package.json' | 'pyproject.toml';

/** Files of which only a part is protected, wherever they lie. */
export function isManifest(path: string): ManifestKind | null {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  return name === 'package.json' || name === 'pyproject.toml' ? name : null;
}

/** Keys of `package.json` that describe the package or its dependencies; every other key configures a tool. */
const PACKAGE_KEYS = new Set(
  [
    'name version description keywords homepage bugs license licenses author contributors maintainers funding',
    'files exports imports main module browser types typings typesVersions bin man directories repository',
    'private type sideEffects engines os cpu libc publishConfig workspaces packageManager dependencies',
    'devDependencies peerDependencies peerDependenciesMeta optionalDependencies bundleDependencies',
    'bundledDependencies overrides resolutions dependenciesMeta displayName publisher categories',
    'activationEvents contributes icon catalog pnpm $schema',
  ].flatMap((line) => line.split(' ')),
);

export interface RestoredManifest {
  /** What the file is to hold in the restored run. */
  readonly text: string;
  readonly changed: boolean;
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The left `package.json` with `scripts` and every tool's configuration as at the base. A text that is no
 * JSON object is taken from the base as a whole. Without a base (a new package) its scripts are dropped.
 */
export function restorePackageJson(base: string | null, left: string): RestoredManifest {
  const leftObject = parseObject(left);
  if (!leftObject) return { text: base ?? '{}', changed: base !== left };
  const baseObject = base === null ? {} : (parseObject(base) ?? {});
  const kept = Object.entries(leftObject).filter(([key]) => PACKAGE_KEYS.has(key));
  const restored = Object.entries(baseObject).filter(([key]) => !PACKAGE_KEYS.has(key));
  const leftTools = Object.entries(leftObject).filter(([key]) => !PACKAGE_KEYS.has(key));
  if (canonical(restored) === canonical(leftTools)) return { text: left, changed: false };
  return { text: `${JSON.stringify(Object.fromEntries([...kept, ...restored]), null, 2)}\n`, changed: true };
}

/**
 * The left `pyproject.toml` with every `[tool.…]` table as at the base, except those tables in which package
 * managers keep dependencies. Tables are moved as text, so nothing is written anew that was not understood.
 */
export function restorePyproject(base: string | null, left: string): RestoredManifest {
  const leftTables = tomlTables(left);
  const baseTables = base === null ? [] : tomlTables(base);
  const tools = (tables: readonly TomlTable[]) =>
    tables.filter((table) => table.tool).map((table) => table.text.trim());
  const restored = tools(baseTables);
  if (restored.join('\n') === tools(leftTables).join('\n')) return { text: left, changed: false };
  const kept = leftTables.filter((table) => !table.tool).map((table) => table.text.trimEnd());
  return { text: `${[...kept, ...restored].join('\n\n')}\n`, changed: true };
}

interface TomlTable {
  readonly text: string;
  readonly tool: boolean;
}
const DEPENDENCY_TABLE = /^tool\.(?:poetry|uv|pdm|hatch|flit|setuptools|rye|pixi)(?:\.|$)/;

function tomlTables(text: string): TomlTable[] {
  const tables: TomlTable[] = [];
  let lines: string[] = [];
  let name = '';
  const close = () => {
    if (lines.length > 0) {
      tables.push({
        text: lines.join('\n'),
        tool: /^tool(?:\.|$)/.test(name) && !DEPENDENCY_TABLE.test(name),
      });
    }
    lines = [];
  };
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}\s*(?:#.*)?$/.exec(line);
    if (header?.[1] !== undefined) {
      close();
      name = header[1].replaceAll(/["'\s]/g, '');
    }
    lines.push(line);
  }
  close();
  return tables;
}

function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same text for the same content, whatever the order of keys. */
function canonical(value: unknown): string {
  return JSON.stringify(
    sorted(Array.isArray(value) ? Object.fromEntries(value as [string, unknown][]) : value),
  );
}
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  return keys.map((key) => [key, sorted(value[key])]);
}
