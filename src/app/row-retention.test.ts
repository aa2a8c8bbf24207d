import { expect, it } from 'vitest';
import { parseSettingsFile, REPOSITORY_SETTING_NAMES } from '../protocol/settings.ts';
import { ROW_RETENTION, rowRetention } from './row-retention.ts';

const layer = (text: string) => {
  const parsed = parseSettingsFile('.cfn/config.json', text, REPOSITORY_SETTING_NAMES);
  if (!parsed.ok) throw new Error(parsed.error);
  return { settings: parsed.value };
};

it('[DP-006] [DP-008] audit lines stay 90 days and transaction lines 30 where nothing else is set', () => {
  expect(rowRetention([])).toEqual({ auditDays: 90, transactionDays: 30 });
  expect(rowRetention([layer('{}'), layer('{"mode":"mvp"}')])).toEqual(ROW_RETENTION);
});

it('[DP-006] [DP-008] each is set by the strongest settings that name it', () => {
  const repository = layer('{"version":1,"auditDays":365}');
  const user = layer('{"auditDays":10,"transactionDays":7}');
  expect(rowRetention([repository, user])).toEqual({ auditDays: 365, transactionDays: 7 });
});

it.each(['0', '3651', '1.5', '"90"', 'null'])('%s is no number of days', (value) => {
  const parsed = parseSettingsFile('c.json', `{"auditDays":${value}}`, REPOSITORY_SETTING_NAMES);
  expect(parsed).toMatchObject({
    ok: false,
    error: /^c\.json: auditDays is .*; it takes a whole number of days from 1 to 3650\.$/,
  });
});
