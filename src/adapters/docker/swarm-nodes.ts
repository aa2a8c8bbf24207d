import * as z from 'zod/mini';
import { err, ok, type Result } from '../../base/result.ts';
import type { EngineAddress, EngineError } from '../../domain/containers/engine.ts';
import { ENGINE_LABEL, labelledEngine, type SwarmNode } from '../../domain/containers/placement.ts';
import { ask, openDocker } from './engine.ts';

const infoSchema = z.object({
  Swarm: z.object({ NodeID: z.string(), ControlAvailable: z.boolean() }),
});
const nodesSchema = z.array(
  z.object({
    ID: z.string(),
    Spec: z.object({
      Availability: z.string(),
      Labels: z._default(z.nullable(z.record(z.string(), z.string())), {}),
    }),
    Status: z.object({ State: z.string() }),
    Description: z.object({
      Hostname: z.string(),
      Resources: z.object({ NanoCPUs: z.number(), MemoryBytes: z.number() }),
    }),
  }),
);

/** All nodes of the Swarm that this engine manages; itself is asked where it was found. */
export async function listSwarmNodes(
  manager: EngineAddress,
  signal: AbortSignal,
): Promise<Result<readonly SwarmNode[], EngineError>> {
  const docker = openDocker(manager);
  const told = await ask('tell of its Swarm', { signal }, async () => infoSchema.parse(await docker.info()));
  if (!told.ok) return told;
  const { ControlAvailable: manages, NodeID: own } = told.value.Swarm;
  if (!manages)
    return err({
      kind: 'refused',
      message: `The container engine at ${manager.host} manages no Swarm; name a manager by DOCKER_HOST, or leave --place swarm out.`,
    });
  const listed = await ask('list the nodes of its Swarm', { signal }, async () =>
    nodesSchema.parse(await docker.listNodes()),
  );
  if (!listed.ok) return listed;
  return ok(
    listed.value.map(({ ID: id, Spec: spec, Status: status, Description: machine }) => ({
      name: machine.Hostname,
      engine: id === own ? manager : labelledEngine(manager, spec.Labels?.[ENGINE_LABEL]),
      open: status.State === 'ready' && spec.Availability === 'active',
      cpus: machine.Resources.NanoCPUs / 1e9,
      memoryBytes: machine.Resources.MemoryBytes,
    })),
  );
}
