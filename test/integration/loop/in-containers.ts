/** What an engine and the state folder have of a bench's loop. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createContainerEngine } from '../../../src/adapters/docker/container-engine.ts';
import { createContainerNetworks } from '../../../src/adapters/docker/networks.ts';
import { LABELS, type EngineAddress } from '../../../src/domain/containers/engine.ts';
import type { ListedNetwork } from '../../../src/domain/containers/networks.ts';
import type { ListedContainer } from '../../../src/ports/container-engine.ts';
import type { LoopBench } from './fixture.ts';

const signal = new AbortController().signal;

export class BenchContainers {
  readonly #bench: LoopBench;
  readonly #address: EngineAddress;
  constructor(bench: LoopBench, address: EngineAddress) {
    this.#bench = bench;
    this.#address = address;
  }

  /** Id of the bench's repository; null before it was seen by a loop. */
  get owner(): string | null {
    try {
      const names = readdirSync(join(this.#bench.folder, 'state', 'cfn'));
      return names.find((name) => /^[0-9a-f]{32}$/.test(name)) ?? null;
    } catch {
      return null;
    }
  }

  get state(): string {
    return join(this.#bench.folder, 'state', 'cfn', this.owner ?? '');
  }

  async containers(): Promise<readonly ListedContainer[]> {
    const { owner } = this;
    if (owner === null) return [];
    const listed = await createContainerEngine(this.#address).list({ [LABELS.owner]: owner }, signal);
    if (!listed.ok) throw new Error(listed.error.message);
    return listed.value;
  }

  async networks(): Promise<readonly ListedNetwork[]> {
    const { owner } = this;
    if (owner === null) return [];
    const listed = await createContainerNetworks(this.#address).list(signal);
    if (!listed.ok) throw new Error(listed.error.message);
    return listed.value.filter(({ labels }) => labels[LABELS.owner] === owner);
  }

  transcripts(): readonly string[] {
    return this.files()
      .filter((path) => path.endsWith('transcript.ndjson'))
      .map((path) => readFileSync(path, 'utf8'));
  }

  /** Everything that is kept of the loop: journal, logs, transcripts. */
  files(): readonly string[] {
    return readdirSync(this.state, { recursive: true, encoding: 'utf8' })
      .map((name) => join(this.state, name))
      .filter((path) => statSync(path).isFile());
  }
}
