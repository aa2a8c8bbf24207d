import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import { transcriptLineSchema } from '../../protocol/attempt.ts';
import { visible } from '../words.ts';

/** Of a long transcript only the end is shown. */
const TRANSCRIPT_LINES = 5000;

const MARK: Readonly<Record<string, string>> = {
  tool: '▸ ',
  'tool-result': '  ',
  error: '✗ ',
  notice: '· ',
  result: '= ',
};

export async function transcriptText(uri: vscode.Uri): Promise<string> {
  const file = vscode.Uri.joinPath(vscode.Uri.file(uri.query), ATTEMPT_FILES.transcript);
  const bytes = await vscode.workspace.fs.readFile(file).then(
    (value) => value,
    () => null,
  );
  if (bytes === null) return l10n.t('Nothing was written yet.\n');
  const lines = new TextDecoder().decode(bytes).split('\n');
  return lines.slice(-TRANSCRIPT_LINES).flatMap(transcriptLine).join('\n');
}

function transcriptLine(line: string): string[] {
  if (line.trim() === '') return [];
  try {
    const parsed = transcriptLineSchema.safeParse(JSON.parse(line));
    if (!parsed.success) return [];
    const at = new Date(parsed.data.at).toISOString().slice(11, 19);
    return parsed.data.text
      .split('\n')
      .map((text) => `${at} ${MARK[parsed.data.kind] ?? ''}${visible(text)}`);
  } catch {
    // The last line may be half written.
    return [];
  }
}
