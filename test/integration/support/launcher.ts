/** An orchestrator that launches one runner and then does nothing until it is killed. */
import { createProcessRuntime } from '../../../src/adapters/process/process-runtime.ts';
import { readSpec } from '../../../src/adapters/process/attempt-files.ts';

const [runner = '', folder = ''] = process.argv.slice(2);
const spec = readSpec(folder);
if (spec === null) throw new Error(`${folder} has no spec.`);
const env = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
);
const launching = createProcessRuntime({ runner }).launch(
  { spec, folder, env, title: 'agent' },
  new AbortController().signal,
);
void launching.then((launched) => process.stdout.write(`${JSON.stringify(launched)}\n`));
setInterval(() => undefined, 60_000);
