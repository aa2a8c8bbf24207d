import { holdStoreLease } from './adapters/coordination/lease.ts';
import { openRespClient } from './adapters/coordination/resp-client.ts';
import { createNodeRedactor, secretsOfEnvironment } from './adapters/log/redactor.ts';
import { createProcessTable } from './adapters/process/process-table.ts';
import { runnerMain } from './adapters/process/runner-main.ts';
import { runnerArguments } from './adapters/process/waiting-runner.ts';
import { containers, openEngine } from './open-engine.ts';
import { providerOf } from './adapters/providers/registry.ts';
import { renderTranscript, wantsColor } from './adapters/providers/render.ts';

/** For an answer of the coordination store, which runs on this machine. */
const STORE_MS = 5000;

async function main(): Promise<void> {
  const args = await runnerArguments(process.argv.slice(2));
  if (args === null) return;
  const color = wantsColor(process.env, process.stdout.isTTY);

  // Agents may signal until they end, also when the orchestrator that started the store is gone.
  const storeUrl = process.env['CFN_REDIS_URL'];
  if (storeUrl) holdStoreLease(storeUrl, `runner ${process.pid}`);

  const redactor = createNodeRedactor(secretsOfEnvironment(process.env));
  await runnerMain({
    args,
    program: process.argv[1] ?? '',
    table: createProcessTable(),
    providerOf,
    redact: redactor.redact,
    addSecret: redactor.add,
    openEngine,
    openEgressProxy: async (options) => (await containers.get()).openEgressProxy(options),
    openStore: (url) => openRespClient({ url, deadlineMs: STORE_MS }),
    render: (line, columns) => renderTranscript(line, columns, { color }),
  });
}

void main();
