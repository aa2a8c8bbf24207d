import { l10n } from 'vscode';

/** Numbers as people read them. */
export const dollars = (value: number): string => `$${value.toFixed(2)}`;

/** `91.2 %`, cut and never rounded up: 99.96 % is not 100 %. */
export const percent = (rate: number): string => `${Math.floor(rate * 1000 + 1e-6) / 10} %`;

export const score = (value: number): string => value.toFixed(2);

/** One of each, and more or none of them: translators get whole phrases. */
const COUNTED = {
  agent: [l10n.t('1 agent'), (number) => l10n.t('{0} agents', number)],
  'blind reviewer': [l10n.t('1 blind reviewer'), (number) => l10n.t('{0} blind reviewers', number)],
  'blind vote': [l10n.t('1 blind vote'), (number) => l10n.t('{0} blind votes', number)],
  'feedback item': [l10n.t('1 feedback item'), (number) => l10n.t('{0} feedback items', number)],
  field: [l10n.t('1 field'), (number) => l10n.t('{0} fields', number)],
  implementer: [l10n.t('1 implementer'), (number) => l10n.t('{0} implementers', number)],
  item: [l10n.t('1 item'), (number) => l10n.t('{0} items', number)],
  member: [l10n.t('1 member'), (number) => l10n.t('{0} members', number)],
  'more file': [l10n.t('1 more file'), (number) => l10n.t('{0} more files', number)],
  suggestion: [l10n.t('1 suggestion'), (number) => l10n.t('{0} suggestions', number)],
  time: [l10n.t('1 time'), (number) => l10n.t('{0} times', number)],
  vote: [l10n.t('1 vote'), (number) => l10n.t('{0} votes', number)],
  warning: [l10n.t('1 warning'), (number) => l10n.t('{0} warnings', number)],
} satisfies Record<string, readonly [one: string, many: (number: number) => string]>;

/** `1 agent`, `3 agents` */
export function count(number: number, noun: keyof typeof COUNTED): string {
  const [one, many] = COUNTED[noun];
  return number === 1 ? one : many(number);
}

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
    return costUsd === 0 ? l10n.t('unknown price') : l10n.t('at least {0}', dollars(costUsd));
  return dollars(costUsd);
}
