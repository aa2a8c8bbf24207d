import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as z from 'zod';
import { err, ok, type Result } from '../../base/result.ts';
import {
  claimedPorts,
  PORT_SLOTS,
  portOffset,
  portsAt,
  type WorktreePorts,
} from '../../domain/worktree/ports.ts';
import type { PortLease, PortLeaseError, PortLeases } from '../../ports/port-leases.ts';

const claimSchema = z.object({ owner: z.string(), branch: z.string(), offset: z.int() });
type Claim = z.infer<typeof claimSchema>;

export interface PortLeasesOptions {
  /** One folder for all repositories of the user: ports belong to the machine. */
  readonly folder: string;
  /** The repository, since branches of different ones may have the same name. */
  readonly repositoryId: string;
  /** Whether a port can be had; by default it is really bound. */
  readonly isFree?: (port: number) => Promise<boolean>;
}

/**
 * Every leased port is a file that was created exclusively and complete, so that two processes never lease the same
 * one, without a lock that somebody could die holding. Services of different leases may want the same port (6379 is
 * also Postgres at offset 947), which is why ports are claimed one by one and not as offsets.
 */
export function createPortLeases(options: PortLeasesOptions): PortLeases {
  const { folder, repositoryId, isFree = canBind } = options;
  const fileOf = (port: number): string => join(folder, `port-${port}`);
  const claims = async (): Promise<ReadonlyMap<number, Claim>> => {
    const names = await readdir(folder).catch(() => []);
    const found = await Promise.all(
      names
        .filter((name) => /^port-\d+$/.test(name))
        .map(async (name) => [Number(name.slice(5)), await readClaim(join(folder, name))] as const),
    );
    return new Map(found.flatMap(([port, claim]) => (claim ? [[port, claim]] : [])));
  };
  const own = async (branch: string): Promise<ReadonlyMap<number, Claim>> =>
    new Map(
      [...(await claims())].filter(([, claim]) => claim.owner === repositoryId && claim.branch === branch),
    );
  const drop = async (ports: Iterable<number>): Promise<void> => {
    for (const port of ports) await rm(fileOf(port), { force: true });
  };

  const claimAll = async (ports: WorktreePorts, branch: string): Promise<boolean> => {
    const claim: Claim = { owner: repositoryId, branch, offset: ports.offset };
    const claimed: number[] = [];
    for (const port of claimedPorts(ports)) {
      const taken = (await isFree(port)) && (await createWhole(folder, fileOf(port), JSON.stringify(claim)));
      if (!taken) {
        await drop(claimed);
        return false;
      }
      claimed.push(port);
    }
    return true;
  };

  const lease = async (branch: string): Promise<Result<PortLease, PortLeaseError>> => {
    const earlier = await own(branch);
    const kept = completeLease(branch, earlier);
    if (kept) return ok(kept);
    // A process was killed while it claimed these.
    await drop(earlier.keys());
    const taken = await claims();
    const first = portOffset(createHash('sha256').update(branch).digest('hex'));
    for (let step = 0; step < PORT_SLOTS; step += 1) {
      const ports = portsAt((first + step) % PORT_SLOTS);
      if (claimedPorts(ports).some((port) => taken.has(port))) continue;
      if (await claimAll(ports, branch)) return ok({ ...ports, branch });
    }
    return err({
      kind: 'none-free',
      message: `No free ports are left for the branch ${branch}; end what uses them or run "cfn gc".`,
    });
  };

  return {
    lease: async (branch) => {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        return await lease(branch);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return err({
          kind: 'disk',
          message: `The folder of port leases ${folder} can not be used: ${reason}.`,
        });
      }
    },
    release: async (branch) => drop((await own(branch)).keys()),
    leases: async () => {
      const branches = new Map<string, Map<number, Claim>>();
      for (const [port, claim] of await claims()) {
        if (claim.owner !== repositoryId) continue;
        const ports = branches.get(claim.branch) ?? new Map<number, Claim>();
        branches.set(claim.branch, ports.set(port, claim));
      }
      return [...branches].flatMap(([branch, ports]) => completeLease(branch, ports) ?? []);
    },
  };
}

function completeLease(branch: string, claims: ReadonlyMap<number, Claim>): PortLease | null {
  for (const { offset } of claims.values()) {
    const ports = portsAt(offset);
    if (claimedPorts(ports).every((port) => claims.get(port)?.offset === offset)) return { ...ports, branch };
  }
  return null;
}

async function readClaim(path: string): Promise<Claim | null> {
  try {
    return claimSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // Released in the meantime; what can not be read still keeps its port from being created again.
    return null;
  }
}

/** False when the file is there already. */
async function createWhole(folder: string, path: string, text: string): Promise<boolean> {
  const temporary = join(folder, `new-${randomBytes(8).toString('hex')}`);
  await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    // Some file systems have no hard links; a claim cut short then keeps its port, which is safe.
    return await writeFile(path, text, { mode: 0o600, flag: 'wx' }).then(
      () => true,
      (again: unknown) => {
        if (codeOf(again) === 'EEXIST') return false;
        throw again;
      },
    );
  } finally {
    await rm(temporary, { force: true });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Services listen on all addresses or on the local one, and some systems allow one beside the other. */
async function canBind(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
    const outcome = await new Promise<string>((resolve) => {
      const server = createServer();
      server.once('error', (error) => resolve(String(codeOf(error))));
      server.listen({ port, host, exclusive: true }, () => server.close(() => resolve('')));
    });
    // A machine without IPv6 has nothing that could use the port there.
    if (outcome !== '' && outcome !== 'EAFNOSUPPORT' && outcome !== 'EADDRNOTAVAIL') return false;
  }
  return true;
}
