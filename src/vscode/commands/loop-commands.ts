/** Commands that begin loops, steer them as a whole and look after the machine; loaded by the first of them. */
import { showAgents, tryAgent } from './agents-page.ts';
import { buildImage } from './build-image.ts';
import { chooseCodePlace } from './code-place.ts';
import { addFeedback, pauseLoop, resumeLoop, stopLoop } from './control.ts';
import type { Command } from '../front.ts';
import { copyDoctorReport, doctor, doctorFix, showCompliance } from './doctor.ts';
import { newEpic, previewEpic, startEpic } from './epic.ts';
import { forgetProviderKey, setProviderKey } from './provider-keys.ts';
import { setRedisPassword } from './redis-password.ts';
import { chooseSetUp } from './set-up.ts';
import { showCoordination } from './show-coordination.ts';
import { showLoop } from './show-loop.ts';
import { startFromFailingTest, startFromIssue, startFromSelection, startFromTodo } from './start-from.ts';
import { startLoop, watchDemo } from './start-loop.ts';

export { startDemo } from './start-loop.ts';

export const LOOP_COMMANDS = {
  startLoop,
  watchDemo,
  newEpic,
  previewEpic,
  startEpic,
  startFromSelection,
  startFromTodo,
  startFromFailingTest,
  startFromIssue,
  showLoop,
  chooseSetUp,
  chooseCodePlace,
  buildImage,
  stopLoop,
  pauseLoop,
  resumeLoop,
  addFeedback,
  showAgents,
  tryAgent,
  doctor,
  doctorFix,
  copyDoctorReport,
  showCompliance,
  setRedisPassword,
  setProviderKey,
  forgetProviderKey,
  showCoordination,
} as const satisfies Readonly<Record<string, Command>>;
