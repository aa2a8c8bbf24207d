import { beforeEach, expect, it, vi } from 'vitest';
import { createTelemetry } from './telemetry.ts';

/** The editor as far as telemetry sees it: one setting, its logger with its own switch, and log channels. */
const editor = vi.hoisted(() => ({
  enabled: false,
  usage: true,
  lines: [] as string[],
  channels: 0,
  disposed: 0,
  onChange: (_change: { affectsConfiguration: (section: string) => boolean }): void => undefined,
}));
vi.mock('vscode', () => ({
  workspace: {
    getConfiguration: () => ({ get: () => editor.enabled }),
    onDidChangeConfiguration: (listener: typeof editor.onChange) => {
      editor.onChange = listener;
      return { dispose: () => undefined };
    },
  },
  window: {
    createOutputChannel: () => {
      editor.channels += 1;
      return { info: (line: string) => editor.lines.push(line), dispose: () => (editor.disposed += 1) };
    },
  },
  env: {
    createTelemetryLogger: (sender: { sendEventData: (name: string, data: unknown) => void }) => ({
      logUsage: (name: string, data: unknown) => {
        if (editor.usage) sender.sendEventData(`cfn-loop.cfn-loop/${name}`, data);
      },
      dispose: () => undefined,
    }),
  },
}));

/** What was begun with the log that is loaded by now has come to its end. */
const settled = async () => void (await import('./telemetry-log.ts'));

beforeEach(() => Object.assign(editor, { enabled: false, usage: true, lines: [], channels: 0, disposed: 0 }));

it('makes no logger and no channel while it is switched off, as it is at first', async () => {
  createTelemetry().send('commandRun', { command: 'startLoop' });
  await settled();
  expect(editor).toMatchObject({ channels: 0, lines: [] });
});

it('writes what would be sent into its channel, and nothing where the editor itself says no', async () => {
  editor.enabled = true;
  const telemetry = createTelemetry();
  telemetry.send('commandRun', { command: 'startLoop' });
  telemetry.send('toolUsed', { tool: 'cfn_why' });
  await vi.waitFor(() => expect(editor.lines).toHaveLength(2));
  editor.usage = false;
  telemetry.send('commandRun', { command: 'decide' });
  await settled();
  expect(editor.lines).toEqual([
    'cfn-loop.cfn-loop/commandRun {"command":"startLoop"}',
    'cfn-loop.cfn-loop/toolUsed {"tool":"cfn_why"}',
  ]);
  expect(editor.channels).toBe(1);
});

it('refuses what no event has, even where the types were got round', async () => {
  editor.enabled = true;
  createTelemetry().send('commandRun', { command: 'rm -rf /home/me' });
  await vi.waitFor(() => expect(editor.channels).toBe(1));
  await settled();
  expect(editor.lines).toEqual([]);
});

it('closes its channel when it is switched off', async () => {
  editor.enabled = true;
  const telemetry = createTelemetry();
  telemetry.send('commandRun', { command: 'startLoop' });
  await vi.waitFor(() => expect(editor.lines).toHaveLength(1));
  editor.enabled = false;
  editor.onChange({ affectsConfiguration: (section) => section === 'cfn.telemetry' });
  await settled();
  expect(editor.disposed).toBe(1);
  telemetry.dispose();
});
