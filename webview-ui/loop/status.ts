import type { AgentStatus, StepStatus } from '../../src/protocol/webview.ts';
import type { IconName, Tone } from '../kit/icon.tsx';

export const STEP_ICON: Readonly<Record<StepStatus, readonly [IconName, Tone]>> = {
  todo: ['todo', 'dim'],
  now: ['now', 'spin'],
  done: ['done', 'ok'],
  bad: ['bad', 'err'],
  need: ['need', 'you'],
  warning: ['warning', 'warn'],
};

export const STEP_WORD: Readonly<Record<StepStatus, string>> = {
  todo: 'not reached',
  now: 'running',
  done: 'done',
  bad: 'failed',
  need: 'needs you',
  warning: 'passed with a warning',
};

export const AGENT_ICON: Readonly<Record<AgentStatus, readonly [IconName, Tone]>> = {
  queued: ['todo', 'dim'],
  working: ['now', 'spin'],
  done: ['done', 'ok'],
  'no-vote': ['question', 'warn'],
  failed: ['bad', 'err'],
  lost: ['lost', 'err'],
  cancelled: ['cancelled', 'dim'],
};
