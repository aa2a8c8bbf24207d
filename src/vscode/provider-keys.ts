import type * as vscode from 'vscode';
import type { Redactor } from '../base/redact.ts';

/** Under which name secret storage keeps the key of a variable. */
export const providerKeyName = (variable: string): string => `cfn.provider.${variable}`;

/** For the core, which asks the environment first; a key that was read is taken out of every log line from then on. */
export const readProviderKey =
  (secrets: vscode.SecretStorage, redactor: Redactor) =>
  async (variable: string): Promise<string | null> => {
    const key = await secrets.get(providerKeyName(variable));
    if (key === undefined || key === '') return null;
    redactor.add(key);
    return key;
  };
