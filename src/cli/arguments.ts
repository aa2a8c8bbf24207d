import { Command, CommanderError } from 'commander';
import { EXIT, refuse, type CliIo } from './io.ts';

/** A verb's command with the options that all verbs on loops share. */
export function loopCommand(verb: string, description: string): Command {
  return new Command(`cfn ${verb}`)
    .description(description)
    .option('--repo <dir>', 'any folder of the repository (default: the current folder)');
}

/** Collects the values of an option that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** Parses, prints help, or tells what is wrong in one sentence. A number is the exit code to end with. */
export function parseArguments(command: Command, argv: readonly string[], io: CliIo): number | null {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: () => undefined,
    outputError: () => undefined,
    getOutHelpWidth: () => io.stdout.columns ?? 100,
  });
  try {
    command.parse(argv, { from: 'user' });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.proceed;
    const problem = error.message
      .replace(/^error: /, '')
      .replace(/\n?\((Did you mean [^)]*)\)/, (_all, hint: string) => ` (${hint.toLowerCase()})`)
      .replaceAll('\n', ' ')
      .replace(/\.$/, '');
    return refuse(io, `${command.name()}: ${problem}; see ${command.name()} --help.`);
  }
}
