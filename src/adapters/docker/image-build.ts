import { basename, dirname } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import type Docker from 'dockerode';
import * as z from 'zod/mini';
import { err, ok, type Result } from '../../base/result.ts';
import { createTextLines } from '../../base/text-lines.ts';
import type { ImageProblem } from '../../ports/container-images.ts';
import { ask } from './engine.ts';

/** For the engine to take the Dockerfile. */
const BEGIN_MS = 60_000;
/** So long a step may say nothing; a slow registry says something now and then. */
const SILENT_MS = 15 * 60_000;
const MAX_LINE = 1_000_000;
const MAX_SAID = 300;
const MAX_TITLE = 120;
/** What an engine says of its own doing. */
const OF_ITSELF = /^(?: ---> |Removing intermediate container )/;

function shortened(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 2)} …` : line;
}

export interface Build {
  readonly image: string;
  /** Absolute path. No other file of its folder is given to the engine. */
  readonly dockerfile: string;
  readonly base: string | undefined;
  /** The Dockerfile's own, for what is said of it. */
  readonly ownBase: string;
  readonly labels: Readonly<Record<string, string>>;
}

export async function buildImage(
  docker: Docker,
  build: Build,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<Result<void, ImageProblem>> {
  // Not the deadline of the call: the request is open for as long as the build takes.
  const life = new AbortController();
  const end = () => life.abort();
  signal.addEventListener('abort', end, { once: true });
  try {
    const begun = await ask('build an image', { signal, deadlineMs: BEGIN_MS }, () =>
      docker.buildImage(
        { context: dirname(build.dockerfile), src: [basename(build.dockerfile)] },
        {
          dockerfile: basename(build.dockerfile),
          t: build.image,
          labels: { ...build.labels },
          buildargs: build.base === undefined ? {} : { BASE: build.base },
          rm: true,
          forcerm: true,
          abortSignal: life.signal,
        },
      ),
    );
    return begun.ok ? await follow(begun.value, { build, onProgress, signal, end }) : begun;
  } finally {
    signal.removeEventListener('abort', end);
    life.abort();
  }
}

interface Following {
  readonly build: Build;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
  /** Ends the build itself, too. */
  readonly end: () => void;
}

const eventSchema = z.object({
  /** Output of a step, or its title. */
  stream: z.optional(z.string()),
  /** Of what is fetched. */
  status: z.optional(z.string()),
  error: z.optional(z.string()),
});

async function follow(
  stream: NodeJS.ReadableStream,
  { build, onProgress, signal, end }: Following,
): Promise<Result<void, ImageProblem>> {
  let failure: string | null = null;
  let step = 0;
  let last = '';
  const say = (text: string) => {
    for (const line of stripVTControlCharacters(text)
      .split(/[\r\n]+/)
      .filter((line) => line.trim() !== '' && !OF_ITSELF.test(line))) {
      const title = /^step (\d+)\//i.exec(line);
      if (title) step = Number(title[1]);
      else last = line.trim();
      onProgress(title ? shortened(line, MAX_TITLE) : line.trimEnd());
    }
  };
  const feed = createTextLines(MAX_LINE, {
    onLine: (line) => {
      const { stream: text, status, error } = readEvent(line);
      if (error !== undefined) failure = error;
      say(text ?? status ?? '');
    },
    onTooLong: end,
  });
  const read = await readToEnd(stream, feed, end);
  if (signal.aborted) return err({ kind: 'cancelled', message: 'The build was cancelled.' });
  if (failure !== null) return err(problemOf({ build, failure, step, last }));
  if (!read) return err({ kind: 'unreachable', message: 'The container engine went away during the build.' });
  return ok(undefined);
}

function readEvent(line: string): z.infer<typeof eventSchema> {
  try {
    const event = eventSchema.safeParse(JSON.parse(line));
    return event.success ? event.data : {};
  } catch {
    return {};
  }
}

/** False where it broke off, or said nothing for too long. */
async function readToEnd(
  stream: NodeJS.ReadableStream,
  feed: (text: string) => void,
  end: () => void,
): Promise<boolean> {
  const decoder = new StringDecoder('utf8');
  const silence = setTimeout(end, SILENT_MS);
  try {
    for await (const chunk of stream) {
      silence.refresh();
      feed(typeof chunk === 'string' ? chunk : decoder.write(chunk));
    }
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(silence);
  }
}

interface Failure {
  readonly build: Build;
  readonly failure: string;
  readonly step: number;
  /** The last line that a step printed. */
  readonly last: string;
}

/** The `ARG` and the `FROM` of the Dockerfile; what fails there is the base. */
const STEPS_OF_BASE = 2;

function problemOf({ build, failure, step, last }: Failure): ImageProblem {
  if (step <= STEPS_OF_BASE) {
    const base = build.base ?? build.ownBase;
    const message = `The base ${base} cannot be had (${shortened(failure, MAX_SAID)}); where no registry can be reached, make one of this machine's programs with scripts/docker/local-base.sh and give --base cfn-base:local.`;
    return { kind: 'base', message };
  }
  // A step that failed is repeated with all its words; what it printed last says more.
  const why = /returned a non-zero code|exit status/.test(failure) && last !== '' ? last : failure;
  return {
    kind: 'build',
    message: `The image ${build.image} could not be built: ${shortened(why, MAX_SAID).replace(/\.$/, '')}.`,
  };
}
