/** How an agent's container is put into words; pure. */
import { l10n } from 'vscode';
import type { ContainerLook } from '../app/projections/agent-signals.ts';

export const CONTAINER_WORDS: Readonly<Record<ContainerLook['state'], string>> = {
  created: l10n.t('created'),
  running: l10n.t('running'),
  paused: l10n.t('paused'),
  exited: l10n.t('exited'),
  gone: l10n.t('gone'),
  'no-answer': l10n.t('engine does not answer'),
};

const MB = 1024 ** 2;
const GB = 1024 ** 3;

/** `212 MB`, `1 GB`, `1.5 GB` */
export function memoryAmount(bytes: number): string {
  if (bytes < GB) return l10n.t('{0} MB', Math.round(bytes / MB));
  const amount = bytes / GB;
  return l10n.t('{0} GB', Number.isInteger(amount) ? amount : amount.toFixed(1));
}

/** `212 MB of 1 GB`; null where it was not measured. */
export const memoryText = ({ memoryBytes, memoryLimitBytes }: ContainerLook): string | null =>
  memoryBytes === null
    ? null
    : l10n.t('{0} of {1}', memoryAmount(memoryBytes), memoryAmount(memoryLimitBytes));

/** `CPU 42 %`, of what it may use; null where it was not measured. */
export const cpuText = ({ cores, coreLimit }: ContainerLook): string | null =>
  cores === null ? null : l10n.t('CPU {0} %', Math.round((cores / coreLimit) * 100));

/** What stands in an agent's row: that its container is as it should be needs no word. */
export const containerFigures = (look: ContainerLook | undefined): readonly (string | null)[] =>
  look?.state === 'running' ? [memoryText(look), cpuText(look)] : [];

/** Anything but running, which has figures instead; null where nothing is to be said. */
export const containerTrouble = (look: ContainerLook | undefined): string | null =>
  look === undefined || look.state === 'running'
    ? null
    : l10n.t('container: {0}', CONTAINER_WORDS[look.state]);

export function containerLines(look: ContainerLook | undefined): readonly string[] {
  if (look === undefined) return [];
  const { name, state, coreLimit } = look;
  const cores = coreLimit === 1 ? l10n.t('1 core') : l10n.t('{0} cores', coreLimit);
  const [memory, cpu] = [memoryText(look), cpuText(look)];
  return [
    l10n.t('container {0}: {1}', name, CONTAINER_WORDS[state]),
    ...(memory === null ? [] : [l10n.t('memory: {0}', memory)]),
    ...(cpu === null ? [] : [l10n.t('{0} of {1}', cpu, cores)]),
  ];
}
