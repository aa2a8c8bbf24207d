import { Command } from 'commander';
import { shown } from '../../base/shown.ts';
import { DEFAULT_IMAGE, isImageName } from '../../domain/containers/agent-image.ts';
import type { ImageWish, ReadyImage } from '../../ports/container-images.ts';
import { parseArguments } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { EXIT, printable, refuse, type Exit } from '../io.ts';

interface Flags {
  readonly image: string;
  readonly base?: string;
  readonly json?: boolean;
}

/** `cfn image`: builds the image that agents' containers are made of, or checks one. Ends with 1 when it is not fit. */
export async function runImage(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = new Command('cfn image')
    .description('Build or check the image of agents that run in containers.')
    .argument('[action]', 'build, or check')
    .option('--image <name>', 'the image', DEFAULT_IMAGE)
    .option('--base <name>', 'what it is built on, such as cfn-base:local where no registry can be reached')
    .option('--json', 'one JSON object');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const flags = command.opts<Flags>();
  const [action] = command.args;
  if (action !== 'build' && action !== 'check')
    return refuse(io, `cfn image takes build or check, not ${shown(action)}.`);
  for (const name of ['image', 'base'] as const) {
    const given = flags[name];
    if (given !== undefined && !isImageName(given))
      return refuse(
        io,
        `--${name} is ${shown(given)}; it takes the name of an image such as ${DEFAULT_IMAGE}.`,
      );
  }
  if (action === 'check' && flags.base !== undefined)
    return refuse(io, 'cfn image check takes no --base; nothing is built.');
  return ensure(context, flags, action === 'build' ? 'always' : 'never');
}

async function ensure(context: CliContext, flags: Flags, build: ImageWish['build']): Promise<Exit> {
  const { io } = context;
  const cancelled = new AbortController();
  const listening = context.onSignal(() => cancelled.abort());
  const core = await context.loadCore();
  try {
    const images = await core.images(cancelled.signal);
    if (!images.ok) return refuse(io, images.error);
    const done = await images.value.ensureImage(
      { image: flags.image, base: flags.base, build },
      (line) => io.stderr.write(`${printable(line)}\n`),
      cancelled.signal,
    );
    if (!done.ok) {
      io.stderr.write(`${printable(done.error.message)}\n`);
      return done.error.kind === 'cancelled' ? EXIT.cancelled : 1;
    }
    io.stdout.write(`${flags.json ? JSON.stringify(done.value) : sentence(done.value)}\n`);
    return EXIT.proceed;
  } finally {
    listening.dispose();
    await core.dispose();
  }
}

function sentence({ image, state, built, node, lacks }: ReadyImage): string {
  const what = built ? 'was built, and agents can work in it' : 'is there, and agents can work in it';
  const whose = state === 'own' ? ' It is one of your own.' : '';
  const without = lacks.length > 0 ? ` It has no ${lacks.join(', no ')}, which scripts may call.` : '';
  return `${image} ${what} (Node ${node.slice(1)}).${whose}${without}`;
}
