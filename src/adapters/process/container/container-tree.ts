import type { RunningContainer } from '../../../ports/container-engine.ts';
import type { ProcessEntry } from '../process-entry.ts';
import type { EndRequest, ProcessTree } from '../process-tree.ts';

/** For an engine to tell of an end that nothing can hold up. */
const KILLED_MS = 2000;

/** All processes of a container end with its first one, and none of them can leave it. */
export function createContainerTree(current: () => RunningContainer | null): ProcessTree {
  let cpuMs = 0;
  let measuring = false;
  const measure = (container: RunningContainer): void => {
    if (measuring) return;
    measuring = true;
    void container.cpuMs().then((used) => {
      measuring = false;
      cpuMs = used ?? cpuMs;
    });
  };
  return {
    adopt: () => undefined,
    async refresh() {
      const container = current();
      if (container === null) return [];
      // An engine takes a second to measure; the newest figure is good enough for a sign of life.
      measure(container);
      return [entry(cpuMs)];
    },
    sweep: async () => [],
    async end({ signal, graceMs }: EndRequest) {
      const container = current();
      if (container === null) return [];
      await container.signal(signal);
      if (!(await endedWithin(container, graceMs))) {
        // Taken away at once it would say nothing of how it ended.
        await container.signal('SIGKILL');
        await endedWithin(container, KILLED_MS);
      }
      return (await container.remove()) ? [] : [entry(cpuMs)];
    },
  };
}

async function endedWithin({ exited }: RunningContainer, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, ms, false)));
  const ended = await Promise.race([exited.then(() => true), late]);
  clearTimeout(timer);
  return ended;
}

/** Stands for all of a container's processes. */
const entry = (cpuMs: number): ProcessEntry => ({
  pid: 0,
  ppid: 0,
  group: null,
  startTime: '',
  born: 0,
  cpuMs,
});
