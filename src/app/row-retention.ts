import type { RowRetention } from '../ports/read-model.ts';
import type { SettingsLayer } from './resolve-start.ts';

/** Where nothing else is set. */
export const ROW_RETENTION: RowRetention = { auditDays: 90, transactionDays: 30 };

/** The strongest layer first, as for everything that can be set. */
export function rowRetention(layers: readonly Pick<SettingsLayer, 'settings'>[]): RowRetention {
  const days = (name: keyof RowRetention): number =>
    layers.map(({ settings }) => settings[name]).find((value) => value !== undefined) ?? ROW_RETENTION[name];
  return { auditDays: days('auditDays'), transactionDays: days('transactionDays') };
}
