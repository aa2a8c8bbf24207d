import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { test } from './suite.mts';

const ID = 'cfn-loop.cfn-loop';

export function activationTests(): void {
  test('the extension activates in the workspace extension host', async () => {
    const extension = vscode.extensions.getExtension(ID);
    assert.ok(extension, `${ID} is not installed`);
    await extension.activate();
    assert.equal(extension.isActive, true);
    assert.equal(extension.extensionKind, vscode.ExtensionKind.Workspace);
  });
}
