import { expect, it, vi } from 'vitest';
import { silentLogger } from '../../base/logger.ts';
import { setUpLog } from './prepare.ts';

it('logs every line of a set-up and shows the newest', () => {
  const info = vi.fn<(message: string) => void>();
  const shown: string[] = [];
  const log = setUpLog({ ...silentLogger, info }, (line) => shown.push(line));
  log('added 12 packages\n\n');
  log('  built\n');
  log('\n');
  expect(info.mock.calls.map(([line]) => line)).toEqual(['added 12 packages', '  built']);
  expect(shown).toEqual(['added 12 packages', 'built']);
});
