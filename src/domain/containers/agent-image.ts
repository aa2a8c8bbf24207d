export const DEFAULT_IMAGE = 'cfn-agent:latest';

/** On the images that we build. */
export const IMAGE_LABELS = {
  /** Of the Dockerfile that it was built from. */
  version: 'cfn.image.version',
  /** Its name when we built it: images that a person builds on it have its labels too, and are the person's own. */
  name: 'cfn.image.name',
  /** What it was built on, where that was said. */
  base: 'cfn.image.base',
} as const;

/** Agents and our own programs need it inside. */
export const LEAST_NODE = 22;

/** What an engine tells of an image. */
export interface ImageFacts {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * `missing`: the engine has none of this name. `own`: the person's, which is never built over. `old`: ours, and built
 * from another Dockerfile or on another base than is wanted now. `current`: ours.
 */
export type ImageState = 'missing' | 'own' | 'old' | 'current';

export function imageState(
  found: ImageFacts | null,
  wanted: { readonly image: string; readonly version: string; readonly base?: string | undefined },
): ImageState {
  if (found === null) return 'missing';
  const version = found.labels[IMAGE_LABELS.version];
  if (version === undefined || found.labels[IMAGE_LABELS.name] !== withTag(wanted.image)) return 'own';
  const otherBase = wanted.base !== undefined && found.labels[IMAGE_LABELS.base] !== wanted.base;
  return version === wanted.version && !otherBase ? 'current' : 'old';
}

/** A name without a tag means the tag `latest`. */
export const withTag = (name: string): string => (/[:@][^/]*$/.test(name) ? name : `${name}:latest`);

/** Names that an engine takes: `cfn-agent`, `ghcr.io/team/agent:2`, `agent@sha256:…`; nothing that reads as an option. */
const REFERENCE =
  /^(?:[a-zA-Z0-9][a-zA-Z0-9.-]*(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

export const isImageName = (name: string): boolean => name.length <= 255 && REFERENCE.test(name);

const NEEDED = ['bash', 'git', 'redis-cli'] as const;
const USEFUL = ['curl', 'jq', 'ps', 'sqlite3'] as const;

/** For the image's own shell, where its agents work and as who they work: a line for each thing that is there. */
export const TRIAL_SCRIPT = [
  ...[...NEEDED, ...USEFUL].map((name) => `command -v ${name} >/dev/null 2>&1 && echo has ${name}`),
  'git --version >/dev/null || echo broken git',
  'redis-cli --version >/dev/null || echo broken redis-cli',
  'echo node $(node --version)',
  'touch .cfn-trial && rm .cfn-trial && echo writable',
  'true',
].join('\n');

export interface TrialVerdict {
  /** `v24.21.0`; `null`: none starts. */
  readonly node: string | null;
  /** What agents cannot do without, as ends of the sentence "The image … has …"; empty: it carries agents. */
  readonly problems: readonly string[];
  /** What scripts of loops like to call and is not there. */
  readonly lacks: readonly string[];
}

export function readTrial(output: string): TrialVerdict {
  const lines = new Set(output.split('\n').map((line) => line.trim()));
  const node = /^node (v(\d+)\.\S+)$/m.exec(output);
  const problems = [
    ...(node === null ? ['no Node that starts'] : []),
    ...(node !== null && Number(node[2]) < LEAST_NODE
      ? [`Node ${node[1]}, and ${LEAST_NODE} is needed`]
      : []),
    ...NEEDED.filter((name) => !lines.has(`has ${name}`)).map((name) => `no ${name}`),
    ...NEEDED.filter((name) => lines.has(`broken ${name}`)).map((name) => `a ${name} that does not start`),
    ...(lines.has('writable') ? [] : ['a /workspace that cannot be written to']),
  ];
  return {
    node: node?.[1] ?? null,
    problems,
    lacks: USEFUL.filter((name) => !lines.has(`has ${name}`)),
  };
}
