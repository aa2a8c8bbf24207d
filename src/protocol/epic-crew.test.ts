import { describe, expect, it } from 'vitest';
import { crewProblems } from './epic-crew.ts';

const known = { presets: ['claude', 'codex', 'demo'], profiles: ['reviewer', 'tester'] };
const problems = (...lines: readonly string[]) =>
  crewProblems(['---', ...lines, '---', 'Do it.'].join('\n'), known);

describe('the agents that an epic names', () => {
  it('are right where the crew can be put together', () => {
    expect(
      problems(
        'agents: [api=claude, "web=codex@tester"]',
        'validators:',
        '  - "@Reviewer"',
        'productOwner: human',
      ),
    ).toEqual([]);
    expect(crewProblems('Do it.', known)).toEqual([]);
    expect(problems('agents: [')).toEqual([]);
  });

  it('are marked where a name is used twice, with one that is free', () => {
    expect(problems('agents: [api=claude, API=codex, api-2=demo]')).toMatchObject([
      { line: 2, from: 21, to: 30, severity: 'error', instead: ['API-3=codex'] },
    ]);
    const [given] = problems('agents: [claude]', 'validators: [implementer-1=demo]');
    expect(given).toMatchObject({ line: 3, from: 13, to: 31, instead: ['implementer-2=demo'] });
    expect(given?.message).toContain('the name "implementer-1" is used twice');
  });

  it('are marked where a SPEC is none, and only that one', () => {
    expect(problems('agents:', '  - claude', '  - Claude Code', '  - demo')).toMatchObject([
      { line: 4, from: 4, to: 15, severity: 'error', instead: [] },
    ]);
  });

  it('are marked where no preset or profile has that name, with a near one', () => {
    expect(problems('agents: [claud, x=codexx]', 'productOwner: "@reviewers+human"')).toMatchObject([
      { line: 2, severity: 'warning', instead: ['claude'] },
      { line: 2, severity: 'warning', instead: ['x=codex'] },
      {
        line: 3,
        severity: 'warning',
        message: 'There is no profile "reviewers".',
        instead: ['@reviewer+human'],
      },
    ]);
    const unread = crewProblems('---\nagents: ["@nobody"]\n---\nx', { ...known, profiles: null });
    expect(unread).toEqual([]);
  });

  it('are as many as there are parts', () => {
    expect(problems('agents: [demo]', 'parts:', '  - { task: a }', '  - { task: b }')).toMatchObject([
      { line: 3, from: 0, to: 5, message: 'parts has 2 entries for 1 implementers; it takes one for each.' },
    ]);
  });
});
