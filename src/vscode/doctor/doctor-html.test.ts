import { describe, expect, it } from 'vitest';
import type { ComplianceReport } from '../../app/compliance/compliance.ts';
import { toCheck, toReport } from '../../app/health/health-report.ts';
import type { HealthSummary } from '../../app/health/health-summary.ts';
import { DOCTOR_COMMANDS, doctorHtml, waitingHtml } from './doctor-html.ts';
import { reportText } from './doctor-text.ts';

const health: HealthSummary = {
  store: 'silent',
  latencyMs: null,
  indexExists: true,
  healthy: false,
  state: 'degraded',
  message: 'Degraded: the coordination store does not answer. Loops go on; cfn doctor says more.',
};
const report = toReport([
  toCheck({ id: 'node', title: 'Node', meaning: 'Runs cfn.' }, { state: 'ok', detail: '24.0.0' }),
  toCheck(
    { id: 'store', title: 'Store', meaning: 'Answers agents.' },
    {
      state: 'error',
      detail: '[ERROR] Redis not responding: <img src=x onerror=alert(1)> "\u202Eevil',
      advice: ['Do <this>'],
      fix: 'start-store',
    },
  ),
  toCheck(
    { id: 'docker', title: 'Docker', meaning: 'Containers.' },
    { state: 'skipped', detail: 'not used' },
  ),
]);
const frame = { style: 'https://x/static-page.css', source: 'https://x' };
const html = doctorHtml({ report, health, compliance: null, note: null, at: '14:02' }, frame);

describe('the report of the doctor in the editor', () => {
  it('has no script, and a policy that lets none run', () => {
    expect(html).not.toMatch(/<script|\son\w+=["']/);
    expect(html).toContain("default-src 'none'; style-src https://x;");
    expect(waitingHtml(frame)).toContain("default-src 'none'");
  });

  it('shows whatever was found as text', () => {
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt; &quot;·evil');
    expect(html).toContain('Do &lt;this&gt;');
  });

  it('[SI-123] says the number of errors, worst first, in words and not by colour alone', () => {
    expect(html).toContain('1 error, 0 warnings.');
    expect(html).toContain('Degraded: the coordination store does not answer. Loops go on;');
    expect(html.indexOf('aria-label="Error"')).toBeLessThan(html.indexOf('aria-label="OK"'));
  });

  it('links to the commands of the closed list alone, with their arguments encoded', () => {
    const links = Array.from(html.matchAll(/href="command:([\w.]+)(\?[^"]*)?"/g));
    expect(links.length).toBeGreaterThan(3);
    for (const [, command] of links) expect(DOCTOR_COMMANDS).toContain(command);
    const fix = links.find(([, command]) => command === 'cfn.doctorFix');
    expect(JSON.parse(decodeURIComponent(fix?.[2]?.slice(1) ?? ''))).toEqual(['start-store']);
  });

  it('can be copied as text', () => {
    expect(reportText({ report, health }).split('\n').slice(0, 2)).toEqual([
      'CFN Loop doctor: 1 error, 0 warnings; degraded',
      '[ok] Node: 24.0.0',
    ]);
  });

  it('shows the boxes of a loop by group, each with its proof', () => {
    const boxes = [
      { id: 'DP-140', group: 'Defensive', box: 'Check', how: 'By', state: 'met', proof: '5 of <5>' },
    ] as const;
    const compliance = { ...emptyReport(), boxes };
    const page = doctorHtml({ report, health, compliance, note: 'Done.', at: '14:02' }, frame);
    expect(page).toContain('5 of &lt;5&gt;');
    expect(page).toContain('aria-label="met"');
    expect(page).toContain('role="status">Done.');
  });
});

const emptyReport = (): Omit<ComplianceReport, 'boxes'> => ({
  taskId: 'sum',
  met: 1,
  notMet: 0,
  notApplicable: 0,
});
