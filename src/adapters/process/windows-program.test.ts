import { describe, expect, it } from 'vitest';
import { tooLong } from './agent-process.ts';
import { launchOnWindows } from './windows-program.ts';

const NPM = String.raw`C:\Users\Tom & Jerry\AppData\Roaming\npm`;

/** As npm writes it; `line` is its last one. */
const shim = (line: string): string =>
  [
    '@ECHO off',
    'GOTO start',
    ':find_dp0',
    'SET dp0=%~dp0',
    'EXIT /b',
    ':start',
    'SETLOCAL',
    'CALL :find_dp0',
    '',
    'IF EXIST "%dp0%\\node.exe" (',
    '  SET "_prog=%dp0%\\node.exe"',
    ') ELSE (',
    '  SET "_prog=node"',
    '  SET PATHEXT=%PATHEXT:;.JS;=;%',
    ')',
    '',
    `endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & ${line}`,
    '',
  ].join('\r\n');

const FILES: Readonly<Record<string, string>> = {
  [`${NPM}\\codex.cmd`]: shim('"%_prog%"  "%dp0%\\node_modules\\@openai\\codex\\bin\\codex.js" %*'),
  [`${NPM}\\node_modules\\@openai\\codex\\bin\\codex.js`]: '',
  [`${NPM}\\gemini.cmd`]: shim(
    '"%_prog%" --no-warnings=DEP0040 "%dp0%\\node_modules\\@google\\gemini-cli\\bundle\\gemini.js" %*',
  ),
  [`${NPM}\\node_modules\\@google\\gemini-cli\\bundle\\gemini.js`]: '',
  [`${NPM}\\claude.cmd`]: [
    '@ECHO off',
    'GOTO start',
    ':find_dp0',
    'SET dp0=%~dp0',
    'EXIT /b',
    ':start',
    'SETLOCAL',
    'CALL :find_dp0',
    '"%dp0%\\node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe"   %*',
    '',
  ].join('\r\n'),
  [`${NPM}\\node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe`]: '',
  [`${NPM}\\pi.cmd`]: [
    '@SETLOCAL',
    '@IF EXIST "%~dp0\\node.exe" (',
    '  "%~dp0\\node.exe"  "%~dp0\\..\\pi\\dist\\cli.js" %*',
    ') ELSE (',
    '  @SET PATHEXT=%PATHEXT:;.JS;=;%',
    '  node  "%~dp0\\..\\pi\\dist\\cli.js" %*',
    ')',
    '',
  ].join('\r\n'),
  [String.raw`C:\Users\Tom & Jerry\AppData\Roaming\pi\dist\cli.js`]: '',
  [`${NPM}\\gone.cmd`]: shim('"%_prog%"  "%dp0%\\node_modules\\gone\\cli.js" %*'),
  [String.raw`C:\Program Files\nodejs\node.exe`]: '',
  [String.raw`D:\work\tools\agent.bat`]: '@echo off\r\ncall python "%~dp0agent.py" %*\r\n',
  [String.raw`D:\work\tools\agent.exe`]: '',
};

const known = new Map(Object.entries(FILES).map(([path, text]) => [path.toLowerCase(), text]));
const launch = (...argv: string[]) =>
  launchOnWindows(argv, {
    env: { Path: String.raw`C:\Program Files\nodejs\;${NPM}`, PATHEXT: '.COM;.EXE;.BAT;.CMD' },
    cwd: String.raw`D:\work`,
    isFile: (path) => known.has(path.toLowerCase()),
    read: (path) => known.get(path.toLowerCase()) ?? null,
  });

const HOSTILE = ['%PATH%', '"&calc&"', 'a\nb', '!x!', '^', '[“ä”]', ''];
const NODE = String.raw`C:\Program Files\nodejs\node.exe`;

describe('a program on Windows', () => {
  it.each([
    ['codex', NODE, [`${NPM}\\node_modules\\@openai\\codex\\bin\\codex.js`]],
    [
      'gemini',
      NODE,
      ['--no-warnings=DEP0040', `${NPM}\\node_modules\\@google\\gemini-cli\\bundle\\gemini.js`],
    ],
    ['claude', `${NPM}\\node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe`, []],
    ['pi', NODE, [String.raw`C:\Users\Tom & Jerry\AppData\Roaming\pi\dist\cli.js`]],
  ])('%s is started without its batch file, with every argument as it is', (name, program, before) => {
    expect(launch(name, ...HOSTILE)).toEqual({ ok: true, value: { program, args: [...before, ...HOSTILE] } });
  });

  it('that is a real program is started by its whole path', () => {
    expect(launch('node', ...HOSTILE)).toEqual({ ok: true, value: { program: NODE, args: HOSTILE } });
    expect(launch('tools\\agent')).toMatchObject({ value: { program: String.raw`D:\work\tools\agent.exe` } });
  });

  it('that is another batch file is refused what the interpreter would change', () => {
    const file = String.raw`D:\work\tools\agent.bat`;
    const safe = ['--flag', 'a b', 'x^y', 'a&b', 'C:\\x\\'];
    expect(launch(file, ...safe)).toEqual({ ok: true, value: { program: file, args: safe } });
    for (const bad of ['%PATH%', 'say "hi"', 'two\nlines', 'a!b']) {
      const refused = launch(file, bad);
      expect(refused.ok ? '' : refused.error).toMatch(
        /agent\.bat is a batch file, .*put the text into a file\.$/,
      );
    }
  });

  it('whose batch file leads nowhere is left to the interpreter, and a missing one to its starter', () => {
    expect(launch('gone', 'a')).toEqual({ ok: true, value: { program: `${NPM}\\gone.cmd`, args: ['a'] } });
    expect(launch('gone', '%a%').ok).toBe(false);
    expect(launch('nowhere', 'a')).toEqual({ ok: true, value: { program: 'nowhere', args: ['a'] } });
  });
});

it('a folder in which Windows starts no program is named with what to do', () => {
  const deep = `C:\\${'a'.repeat(256)}`;
  expect(tooLong(deep, 'win32')).toMatch(
    /more than 258 characters, .* has 259; set cfn\.worktreeRoot to a shorter one\.$/,
  );
  expect(tooLong(deep.slice(0, 258), 'win32')).toBeNull();
  expect(tooLong(deep, 'linux')).toBeNull();
});
