import type { Command } from './command.ts';
import { administrationCommands } from './commands/administration.ts';
import { checkpointCommand } from './commands/checkpoints.ts';
import { browsingCommands } from './commands/browsing.ts';
import { connectionCommands, describeCommands } from './commands/connection.ts';
import { hashCommands } from './commands/hashes.ts';
import { keyCommands } from './commands/keys.ts';
import { listCommands } from './commands/lists.ts';
import { lockCommands } from './commands/locks.ts';
import { messageCommands } from './commands/messages.ts';
import { setCommands } from './commands/sets.ts';
import { stringCommands } from './commands/strings.ts';
import { transactionCommands } from './commands/transactions.ts';

const declared: readonly Command[] = [
  ...connectionCommands,
  ...keyCommands,
  ...stringCommands,
  ...listCommands,
  ...hashCommands,
  ...setCommands,
  ...messageCommands,
  ...transactionCommands,
  ...lockCommands,
  checkpointCommand,
  ...administrationCommands,
  ...browsingCommands,
];

/** Everything the store understands; any other command is an error. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [...declared, describeCommands(declared)].map((command) => [command.name, command]),
);
