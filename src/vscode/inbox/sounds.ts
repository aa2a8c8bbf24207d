/** Sounds for a person who wants them; loaded when they are switched on first. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Front } from '../front.ts';
import { createBell } from './bell.ts';
import { watchForSounds, type SoundWish } from './sound-rules.ts';

const SETTING = 'cfn.notifications.sound';
const SIGNAL = 'accessibility.signals.terminalBell';
/** Asked once in a workspace. */
const ASKED = 'askedForBell';

const wish = (): SoundWish => vscode.workspace.getConfiguration().get<SoundWish>(SETTING, 'off');

/** VS Code plays its terminal bell for screen readers alone unless its own setting says otherwise. */
async function offerSignal({ memory, messages }: Front): Promise<void> {
  const configuration = vscode.workspace.getConfiguration();
  const signal = configuration.get<Readonly<Record<string, unknown>>>(SIGNAL, {});
  if (wish() === 'off' || signal['sound'] === 'on' || memory.get(ASKED, false)) return;
  await memory.update(ASKED, true);
  const message = l10n.t(
    'The sound of CFN Loop is the terminal bell of VS Code, which is not switched on: {0}.',
    SIGNAL,
  );
  if (!(await messages.offer(message, l10n.t('Switch It On')))) return;
  const { Global } = vscode.ConfigurationTarget;
  await configuration.update(SIGNAL, { ...signal, sound: 'on' }, Global);
}

export function startSounds(front: Front): vscode.Disposable {
  const bell = createBell();
  const { inbox, loops } = front;
  void offerSignal(front);
  return vscode.Disposable.from(
    watchForSounds({ inbox, loops, wish, now: Date.now, ring: bell.ring }),
    bell,
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(SETTING)) void offerSignal(front);
    }),
  );
}
