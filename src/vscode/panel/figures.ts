import { l10n } from 'vscode';
/** Numbers as people read them. */
export const dollars = (value: number): string => `$${value.toFixed(2)}`;

/** `91.2 %`, cut and never rounded up: 99.96 % is not 100 %. */
export const percent = (rate: number): string => `${Math.floor(rate * 1000 + 1e-6) / 10} %`;

export const score = (value: number): string => value.toFixed(2);

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** `+12 −3` */
export const churn = (added: number, removed: number): string => `+${added} −${removed}`;

export function costWords({
  costUsd,
  costIncomplete,
}: {
  readonly costUsd: number;
  readonly costIncomplete: boolean;
}): string {
  if (costIncomplete)
    return costUsd === 0 ? l10n.t('cost unknown') : l10n.t('at least {0}', dollars(costUsd));
  return dollars(costUsd);
}
