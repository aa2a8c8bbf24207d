import * as l10n from '@vscode/l10n';
import type { AgentStatus, StepStatus } from '../../src/protocol/panel-loop.ts';
import type { IconName, Tone } from '../kit/icon.tsx';

type Mark = readonly [IconName, Tone | undefined];

export const STEP_ICON: Readonly<Record<StepStatus, Mark>> = {
  todo: ['todo', 'dim'],
  now: ['now', 'spin'],
  done: ['done', 'ok'],
  bad: ['bad', 'err'],
  need: ['need', undefined],
  warning: ['warning', 'warn'],
};

export const STEP_WORD: Readonly<Record<StepStatus, string>> = {
  todo: l10n.t('not reached'),
  now: l10n.t('running'),
  done: l10n.t('done'),
  bad: l10n.t('failed'),
  need: l10n.t('needs you'),
  warning: l10n.t('passed with a warning'),
};

export const AGENT_ICON: Readonly<Record<AgentStatus, Mark>> = {
  queued: ['todo', 'dim'],
  working: ['now', 'spin'],
  quiet: ['quiet', undefined],
  stuck: ['question', 'warn'],
  waiting: ['need', undefined],
  limited: ['clock', 'warn'],
  done: ['done', 'ok'],
  'no-vote': ['question', 'warn'],
  failed: ['bad', 'err'],
  lost: ['lost', 'err'],
  cancelled: ['cancelled', 'dim'],
};
