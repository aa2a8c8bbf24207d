import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epicWithout, parseEpic } from '../../protocol/epic-file.ts';
import { checkPlan } from './check-plan.ts';
import { agentsOf, PLANNED_FIELDS, planText } from './plan-text.ts';

describe('a plan as an epic file', () => {
  it('is read again as the same parts, whatever their tasks and files say', () => {
    const text = fc.string({ unit: 'binary' }).filter((value) => value.trim() !== '');
    const part = fc.record({ task: text, files: fc.array(text, { maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const agents = agentsOf(parts.length, [], 'demo');
        const written = planText({ parts, marks: checkPlan(parts, []), agents, kept: [], body: 'Do it.' });
        expect(parseEpic(written)).toMatchObject({
          ok: true,
          value: { description: 'Do it.', settings: { strategy: 'split', agents, parts } },
        });
      }),
    );
  });

  it('marks what to look at before the part it is about', () => {
    const parts = [
      { task: 'One', files: ['a'] },
      { task: 'Two', files: ['a', '../b'] },
    ];
    const text = planText({
      parts,
      marks: checkPlan(parts, ['a']),
      agents: ['x=demo', 'y=demo'],
      kept: [],
      body: 'T',
    });
    expect(text.split('\n').slice(4, 10)).toEqual([
      '  - task: "One"',
      '    files: ["a"]',
      '  # Look: "../b" lies outside of the repository.',
      '  # Look: part 1 has "a" too.',
      '  - task: "Two"',
      '    files: ["a","../b"]',
    ]);
  });

  it('keeps all else of the epic that it is for, comments and sections as they are', () => {
    const epic =
      '---\nmode: mvp # small\nagents: [demo]\nbudget: 5\nparts: [{ task: A }]\n---\nDo.\n\n## Requirements\n- x\n';
    const { kept, body } = epicWithout(epic, PLANNED_FIELDS);
    expect(kept).toEqual(['mode: mvp # small', 'budget: 5']);
    const text = planText({ parts: [{ task: 'B', files: [] }], marks: [], agents: ['demo'], kept, body });
    expect(parseEpic(text)).toMatchObject({
      ok: true,
      value: {
        settings: { mode: 'mvp', budget: 5, parts: [{ task: 'B' }], agents: ['demo'] },
        requirements: ['x'],
      },
    });
    expect(epicWithout('Do.', PLANNED_FIELDS)).toEqual({ kept: [], body: 'Do.' });
    expect(epicWithout('---\nparts: [{ task: A }]\n---\nDo.', PLANNED_FIELDS)).toEqual({
      kept: [],
      body: 'Do.',
    });
  });

  it('takes the agents of the epic where they are as many as its parts', () => {
    expect(agentsOf(2, ['a=codex', 'b=claude'], 'pi')).toEqual(['a=codex', 'b=claude']);
    expect(agentsOf(2, ['claude'], 'pi')).toEqual(['implementer-1=pi', 'implementer-2=pi']);
  });
});
