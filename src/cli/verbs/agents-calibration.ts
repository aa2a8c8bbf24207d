import { BADGE_WORDS } from '../../app/calibration/calibration-words.ts';
import type { Calibration } from '../../domain/calibration/calibration.ts';
import { repositoryFolder } from '../config-files.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { EXIT, printable, refuse, type CliIo, type Exit } from '../io.ts';
import { table } from '../loop-table.ts';

/** `cfn agents --calibration`: what agents claimed in the loops of the repository, and what held. */
export async function showCalibration(
  context: CliContext,
  { repo, json }: { readonly repo?: string; readonly json?: boolean },
): Promise<Exit> {
  const { io } = context;
  const folder = await repositoryFolder(io, repo);
  if (!folder.ok) return refuse(io, folder.error);
  return withRepository(context, folder.value, async (service) => {
    const calibration = await service.calibration();
    if (!calibration.ok) return failed(io, calibration.error);
    if (json) io.stdout.write(`${JSON.stringify({ calibration: calibration.value })}\n`);
    else show(io, calibration.value);
    return EXIT.proceed;
  });
}

const HEAD = ['preset', 'model', 'role', 'runs', 'said', 'held', 'Brier', ''];

function show(io: CliIo, entries: readonly Calibration[]): void {
  if (entries.length === 0) {
    io.stdout.write('No agent of this repository has claimed anything yet.\n');
    return;
  }
  const lines = table([HEAD, ...entries.map(row)], io.stdout.columns ?? 160);
  for (const line of lines) io.stdout.write(`${line}\n`);
}

const hundredths = (figure: number | null): string => (figure === null ? '' : figure.toFixed(2));

function row({
  preset,
  model,
  role,
  runs,
  held,
  claimed,
  brier,
  badge,
  unjudged,
  marked = 0,
}: Calibration): readonly string[] {
  const open = unjudged > 0 ? `${unjudged} not judged` : '';
  return [
    printable(preset),
    printable(ending(model ?? '')),
    role,
    String(runs),
    hundredths(claimed),
    runs === 0 ? '' : `${held} of ${runs}`,
    hundredths(brier),
    [badge === null ? '' : BADGE_WORDS[badge], open, marked > 0 ? `${marked} marked` : '']
      .filter((part) => part !== '')
      .join(', '),
  ];
}

const LONGEST_MODEL = 32;
/** The end of a command line tells more of it than its beginning. */
function ending(model: string): string {
  const characters = Array.from(model);
  return characters.length <= LONGEST_MODEL ? model : `…${characters.slice(1 - LONGEST_MODEL).join('')}`;
}
