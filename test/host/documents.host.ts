import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { ATTEMPT_FILES } from '../../src/protocol/attempt-folder.ts';
import { transcriptUri } from '../../src/vscode/content/documents.ts';
import { test } from './suite.mts';

const line = (text: string) => `${JSON.stringify({ at: Date.now(), stream: 'agent', kind: 'text', text })}\n`;

export function documentTests(): void {
  test('a transcript that is shown grows with its agent', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'cfn-transcript-'));
    const file = path.join(folder, ATTEMPT_FILES.transcript);
    try {
      await writeFile(file, line('first words'));
      const uri = transcriptUri('backend-1', 1, folder);
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document);
      assert.match(document.getText(), /first words/);
      const grown = new Promise<void>((resolve) => {
        const listening = vscode.workspace.onDidChangeTextDocument((change) => {
          if (change.document !== document || !document.getText().includes('more words')) return;
          listening.dispose();
          resolve();
        });
      });
      // The watcher starts some time after the document is open; each write is a chance.
      const writing = setInterval(() => void appendFile(file, line('more words')), 300);
      try {
        await grown;
      } finally {
        clearInterval(writing);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}
