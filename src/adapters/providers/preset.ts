import type { AgentProvider } from '../../ports/agent-provider.ts';
import { PRESETS, type PresetFacts, type PresetId } from './presets.ts';

/** What a command line is put together from. */
export interface LineParts {
  /** `--model NAME`, or nothing. */
  readonly model: readonly string[];
  readonly sessionId: string | null;
  readonly full: boolean;
  readonly outFolder: string;
  readonly images: readonly string[];
}

/** What one CLI has of its own, beside its facts. */
export interface PresetParts extends Pick<AgentProvider, 'environment' | 'createParser' | 'takeOver'> {
  readonly args: (parts: LineParts) => readonly string[];
  readonly env?: (parts: LineParts) => Readonly<Record<string, string>>;
  readonly helpArgs?: AgentProvider['helpArgs'];
}

/** A CLI with structured output, whose program has the preset's name and which reads its prompt from standard input. */
export function definePreset(id: PresetId, parts: PresetParts): AgentProvider {
  const { title, verified, resume, reports, gated, confined, stop }: PresetFacts = PRESETS[id];
  return {
    id,
    title,
    programs: [id],
    versionArgs: ['--version'],
    helpArgs: parts.helpArgs ?? [['--help']],
    verified,
    environment: parts.environment,
    stop: stop ?? { signal: 'SIGTERM', graceMs: 1000 },
    // Exit codes lie: pi ends with 0 after a refused key, Gemini CLI with 0 after a signal.
    needsFinalEvent: true,
    resume,
    reports,
    gated,
    confined,
    command({ program, permission, sessionId, outFolder, images = [] }) {
      const model = program.kind === 'preset' ? program.model : undefined;
      const line: LineParts = {
        model: model === undefined ? [] : ['--model', model],
        sessionId,
        full: permission === 'full',
        outFolder,
        images,
      };
      return { argv: [id, ...parts.args(line)], env: parts.env?.(line) ?? {}, stdin: 'prompt' };
    },
    createParser: parts.createParser,
    ...(parts.takeOver === undefined ? {} : { takeOver: parts.takeOver }),
  };
}
