/**
 * Tasks from checks that fail. VS Code lets no extension read the test results of another one, so the evidence is run
 * at HEAD, as a loop would do; what stands selected in some output is a task from the selection.
 */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { fence } from '../../base/fence.ts';
import type { FailingCheck, FailingChecksRequest } from '../../app/failing-checks.ts';
import { containersBesideLoops } from '../../app/container-plan.ts';
import type { Front } from '../front.ts';
import { readRepositorySettings, readUserSettings } from '../settings.ts';
import type { Draft } from './draft.ts';

const MAX_MESSAGE = 4000;

export async function fromFailingTest(front: Front): Promise<Draft | string | undefined> {
  const opened = await front.loops.service();
  if (!opened.ok) return opened.error.message;
  const service = opened.value;
  if (!service.failingChecks) return l10n.t('This build cannot run the evidence before a loop.');
  const configured = await settingsOf(front);
  if (typeof configured === 'string') return configured;
  const cancel = new AbortController();
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: l10n.t('CFN: running the tests at HEAD, in a checkout of their own'),
    cancellable: true,
  };
  const failing = await vscode.window.withProgress(options, (_progress, token) => {
    token.onCancellationRequested(() => cancel.abort());
    return service.failingChecks!({ ...configured, signal: cancel.signal });
  });
  if (cancel.signal.aborted) return undefined;
  if (!failing.ok) return failing.error.message;
  if (failing.value.length === 0)
    return l10n.t('All tests pass at HEAD. What is not committed was not looked at.');
  const picked = await vscode.window.showQuickPick(
    failing.value.map((check) => ({
      label: check.id,
      description: check.command,
      detail: firstLine(check.message),
      check,
    })),
    {
      title: l10n.t('Start Loop from Failing Test'),
      placeHolder: l10n.t('Which ones should pass?'),
      canPickMany: true,
    },
  );
  return picked && picked.length > 0 ? draftOf(picked.map(({ check }) => check)) : undefined;
}

/** What the evidence of a loop would be, and where it would run; else why that is not known. */
async function settingsOf(front: Front): Promise<Omit<FailingChecksRequest, 'signal'> | string> {
  const { folder } = front.loops;
  if (!folder) return { commands: null, containers: containersBesideLoops([]) };
  const repository = await readRepositorySettings(folder);
  if (!repository.ok) return repository.error;
  const user = readUserSettings(folder);
  if (!user.ok) return user.error;
  const evidence = repository.value?.settings.evidence ?? user.value.settings.evidence;
  return {
    commands: evidence && evidence.length > 0 ? evidence : null,
    containers: containersBesideLoops([...(repository.value ? [repository.value] : []), user.value]),
  };
}

const firstLine = (text: string) => text.split('\n', 1)[0] ?? '';

function draftOf(checks: readonly FailingCheck[]): Draft {
  const one = checks.length === 1 ? 'this test' : 'these tests';
  const failures = checks.map(
    ({ id, command, message }) =>
      `${id}, run by \`${command}\`, fails with:\n\n${fence(message.slice(0, MAX_MESSAGE), 'text')}`,
  );
  return {
    description: `Make ${one} pass without changing what they ask for.\n\n${failures.join('\n\n')}`,
    // Evidence looks for checks of these names.
    acceptance: checks.map(({ id }) => id),
  };
}
