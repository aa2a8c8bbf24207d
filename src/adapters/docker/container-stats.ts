import type Docker from 'dockerode';
import * as z from 'zod/mini';
import { ok, type Result } from '../../base/result.ts';
import type { EngineError } from '../../domain/containers/engine.ts';
import { memoryInUse, type ContainerSample, type CpuSample } from '../../domain/containers/usage.ts';
import { ask } from './engine.ts';

/** CPU time in nanoseconds. */
const cpuSchema = z.object({
  cpu_usage: z._default(z.object({ total_usage: z._default(z.number(), 0) }), { total_usage: 0 }),
});
const statsSchema = z.object({
  read: z.string(),
  preread: z._default(z.string(), ''),
  cpu_stats: cpuSchema,
  precpu_stats: z.optional(cpuSchema),
  memory_stats: z._default(
    z.object({
      usage: z.optional(z.number()),
      limit: z.optional(z.number()),
      stats: z._default(
        z.object({ total_inactive_file: z.optional(z.number()), inactive_file: z.optional(z.number()) }),
        {},
      ),
    }),
    { stats: {} },
  ),
});

/** Docker takes two samples a second apart, Podman one at once. */
export async function measureContainer(
  container: Docker.Container,
  signal: AbortSignal,
): Promise<Result<ContainerSample, EngineError>> {
  const asked = await ask('measure a container', { signal }, async (abortSignal) => {
    const once = { stream: false, abortSignal } as const;
    return statsSchema.parse(await container.stats(once));
  });
  if (!asked.ok) return asked;
  const { read, preread, cpu_stats: cpu, precpu_stats: earlier, memory_stats: memory } = asked.value;
  return ok({
    ...sampleOf(read, cpu),
    before: earlier && isTime(preread) ? sampleOf(preread, earlier) : null,
    memoryBytes: memory.usage === undefined ? null : memoryInUse({ usage: memory.usage, ...memory.stats }),
    memoryLimitBytes: memory.limit ?? null,
  });
}

/** The zero of Go's clock stands for no time at all. */
const isTime = (text: string): boolean => Date.parse(text) > 0;

const sampleOf = (at: string, cpu: z.infer<typeof cpuSchema>): CpuSample => ({
  at: Date.parse(at),
  cpuMs: cpu.cpu_usage.total_usage / 1e6,
});
