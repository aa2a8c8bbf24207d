import { CHECKS } from './checks.ts';
import type { LineParts } from './preset.ts';

/** Gemini CLI and Qwen Code, which came out of it, are started alike; they spell one approval mode differently. */
export function geminiLine(parts: LineParts, editsMode: string): readonly string[] {
  const checks = CHECKS.map((command) => `run_shell_command(${command})`).join(',');
  return [
    '--output-format',
    'stream-json',
    ...parts.model,
    ...(parts.sessionId === null ? [] : ['--resume', parts.sessionId]),
    ...(parts.full ? ['--approval-mode', 'yolo'] : ['--approval-mode', editsMode, '--allowed-tools', checks]),
    '--include-directories',
    parts.outFolder,
  ];
}
