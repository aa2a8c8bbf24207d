/** CFN: Doctor, its fixes, and the boxes of a loop. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { FIXES, type FixId } from '../../app/health/health-report.ts';
import type { Monitoring } from '../../app/monitoring.ts';
import { reportText } from '../doctor/doctor-text.ts';
import type { Command, Front } from '../front.ts';
import { pickLoop } from './pick-loop.ts';

const LIMIT_MS = 60_000;

async function monitoring(front: Front): Promise<Monitoring> {
  const folder = front.loops.folder;
  return (await front.loops.core()).monitoring(folder?.scheme === 'file' ? folder.fsPath : null);
}

async function examine(front: Front, note: string | null): Promise<void> {
  front.doctor.wait();
  const looks = await monitoring(front);
  const signal = AbortSignal.timeout(LIMIT_MS);
  const report = await looks.examine(signal);
  const health = await looks.summary(signal);
  front.doctor.show({ report, health }, { note });
  front.health.set(health);
}

export const doctor: Command = (front) => examine(front, null);

const fixId = z.enum(Object.keys(FIXES) as [FixId, ...FixId[]]);

/** From a button of the report; what it does is its name. */
export const doctorFix: Command = async (front, argument) => {
  const id = fixId.safeParse(argument);
  if (!id.success) return;
  const fixed = await (await monitoring(front)).fix(id.data, AbortSignal.timeout(LIMIT_MS));
  const title = FIXES[id.data];
  await examine(
    front,
    fixed.ok ? l10n.t('{0}: done. {1}', title, fixed.value) : l10n.t('{0}: failed. {1}', title, fixed.error),
  );
};

export const copyDoctorReport: Command = async (front) => {
  if (front.doctor.content === null) await examine(front, null);
  const content = front.doctor.content;
  if (content === null) return;
  await vscode.env.clipboard.writeText(reportText(content));
  vscode.window.setStatusBarMessage(l10n.t('The report of the doctor is in the clipboard.'), 4000);
};

export const showCompliance: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Compliance of a Loop'),
    filter: () => true,
    none: l10n.t('No loop has run here yet.'),
  });
  if (!view) return;
  if (front.doctor.content === null) await examine(front, null);
  const report = await (await monitoring(front)).compliance(view.taskId, AbortSignal.timeout(LIMIT_MS));
  if (report.ok) front.doctor.showCompliance(report.value);
  else front.messages.failed(report.error);
};
