import type { AddedFile } from '../domain/added-lines.ts';
import type { SecretFinding } from '../domain/inspection.ts';

export interface SecretScanner {
  scan(files: readonly AddedFile[]): Promise<readonly SecretFinding[]>;
}
