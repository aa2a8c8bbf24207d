import { createHash, randomBytes } from 'node:crypto';
import type { Ids } from '../../base/ids.ts';

const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

export const nodeIds: Ids = {
  token: () => randomBytes(16).toString('hex'),
  taskId: (description) => {
    const words = description
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+/, '')
      .slice(0, 24)
      .replace(/-+$/, '');
    const suffix = Array.from(randomBytes(4), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
    return `${words || 'loop'}-${suffix}`;
  },
};

export const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
