/** Executed by VS Code inside its extension host (`extensionTestsPath`). */
import { activationTests } from './activation.host.ts';
import { chatTests } from './chat.host.ts';
import { documentTests } from './documents.host.ts';
import { manifestTests } from './manifest.host.ts';
import { RESULTS_MARK, runAll } from './suite.mts';
import { terminalTests } from './terminal-runtime.host.ts';

export async function run(): Promise<void> {
  activationTests();
  manifestTests();
  terminalTests();
  documentTests();
  chatTests();
  const results = await runAll();
  console.log(`${RESULTS_MARK}${JSON.stringify(results)}`);
  const failed = results.filter((result) => result.status === 'failed');
  if (failed.length > 0) throw new Error(`${failed.length} of ${results.length} tests failed`);
}
