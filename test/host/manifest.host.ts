import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { test } from './suite.mts';

const ID = 'cfn-loop.cfn-loop';

interface Manifest {
  readonly enabledApiProposals?: unknown;
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: readonly {
      readonly properties: Record<string, { markdownDescription?: string }>;
    }[];
  };
}

export function manifestTests(): void {
  test('every contributed command exists and no proposed API is asked for', async () => {
    const extension = vscode.extensions.getExtension(ID);
    assert.ok(extension);
    const manifest = extension.packageJSON as Manifest;
    assert.equal(manifest.enabledApiProposals, undefined);
    const known = new Set(await vscode.commands.getCommands(true));
    for (const { command } of manifest.contributes.commands) assert.ok(known.has(command), command);
  });

  test('every setting says what it does', () => {
    const manifest = vscode.extensions.getExtension(ID)?.packageJSON as Manifest;
    const settings = manifest.contributes.configuration.flatMap(({ properties }) =>
      Object.entries(properties),
    );
    for (const [name, setting] of settings) {
      assert.ok((setting.markdownDescription ?? '').length > 10, name);
    }
  });

  test('a wrong setting is named before anything starts', async () => {
    const { readUserSettings } = await import('../../src/vscode/settings.ts');
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    assert.ok(folder);
    const configuration = vscode.workspace.getConfiguration('cfn');
    await configuration.update('gate', 7, vscode.ConfigurationTarget.Global);
    try {
      const read = readUserSettings(folder);
      assert.equal(read.ok ? '' : read.error, 'cfn.gate is 7; it takes a number from 0 to 1.');
    } finally {
      await configuration.update('gate', undefined, vscode.ConfigurationTarget.Global);
    }
    const read = readUserSettings(folder);
    assert.deepEqual(read.ok ? read.value.settings : null, { runtime: 'terminal' });
  });

  test('an epic file has its own language', async () => {
    const document = await vscode.workspace.openTextDocument({
      language: 'cfn-epic',
      content: '---\nmode: mvp\n---\nDo it.\n',
    });
    assert.equal(document.languageId, 'cfn-epic');
  });
}
