import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { lintSource } from '@secretlint/core';
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import type { AddedFile } from '../../domain/added-lines.ts';
import type { SecretFinding } from '../../domain/inspection.ts';
import type { SecretScanner } from '../../ports/secret-scanner.ts';

/** With it a comment in the file would switch the others off, and the file is the agents'. */
const SWITCHES_OFF = '@secretlint/secretlint-rule-filter-comments';

const config = {
  rules: rules
    .filter(({ meta }) => meta.id !== SWITCHES_OFF)
    .map((rule) => ({ id: rule.meta.id, rule, options: {} })),
};

/** Looks through added lines by the rules of secretlint. What it finds is told by place and kind, never by itself. */
export function createSecretScanner(): SecretScanner {
  return {
    scan: async (files) => {
      const found: SecretFinding[] = [];
      for (const file of files) found.push(...(await scanFile(file)));
      return found;
    },
  };
}

async function scanFile({ path, lines }: AddedFile): Promise<readonly SecretFinding[]> {
  if (lines.length === 0) return [];
  const content = lines.map(({ text }) => text).join('\n');
  const { messages } = await lintSource({
    source: { filePath: path, content, ext: extname(path), contentType: 'text' },
    options: { config, noPhysicFilePath: true },
  });
  return messages.map(({ range, loc, messageId }) => ({
    path,
    line: lines[loc.start.line - 1]?.line ?? lines[0]?.line ?? 1,
    what: inWords(messageId),
    mark: createHash('sha256').update(content.slice(range[0], range[1])).digest('hex').slice(0, 8),
  }));
}

/** `AWSSecretAccessKey` and `GITHUB_TOKEN` as people write them. */
const inWords = (messageId: string): string =>
  messageId
    .replaceAll('_', ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2');
