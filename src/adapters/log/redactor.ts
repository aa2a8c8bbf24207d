import { createHash } from 'node:crypto';
import { createRedactor, type Redactor } from '../../base/redact.ts';

/** A redactor that already knows the values of `secrets`; empty and short ones are left out. */
export function createNodeRedactor(secrets: Iterable<string | undefined> = []): Redactor {
  const redactor = createRedactor({
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    base64: (text, offset) => Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString('base64'),
  });
  for (const secret of secrets) if (secret) redactor.add(secret);
  return redactor;
}

const SECRET_NAME = /(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$/i;

/** Values of variables whose names say that they are secrets. */
export function secretsOfEnvironment(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => (SECRET_NAME.test(name) && value ? [value] : []));
}
