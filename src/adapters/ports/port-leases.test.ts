import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimedPorts, portOffset, portsAt } from '../../domain/worktree/ports.ts';
import type { PortLease } from '../../ports/port-leases.ts';
import { createPortLeases } from './port-leases.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-ports-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const leasesOf = (repositoryId = 'r1', taken: ReadonlySet<number> = new Set()) =>
  createPortLeases({ folder, repositoryId, isFree: (port) => Promise.resolve(!taken.has(port)) });
const home = (branch: string): number => portOffset(createHash('sha256').update(branch).digest('hex'));

async function lease(branch: string, leases = leasesOf()): Promise<PortLease> {
  const result = await leases.lease(branch);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

describe('leases of ports', () => {
  it('[SI-020] [X-02] start at the offset of the branch and stay with it', async () => {
    const first = await lease('cfn/t1/backend-1');
    expect(first).toEqual({ ...portsAt(home('cfn/t1/backend-1')), branch: 'cfn/t1/backend-1' });
    expect(await lease('cfn/t1/backend-1', leasesOf('r1', new Set(claimedPorts(first))))).toEqual(first);
    expect(await leasesOf().leases()).toEqual([first]);
  });

  it('[X-02] go to the next offset when one port of it is in use', async () => {
    const offset = home('b');
    const used = new Set([portsAt(offset).postgres, portsAt((offset + 1) % 1000).base + 9]);
    expect(await lease('b', leasesOf('r1', used))).toEqual({ ...portsAt((offset + 2) % 1000), branch: 'b' });
    // What the refused offsets had claimed before is free again.
    expect(await readdir(folder)).toHaveLength(13);
  });

  it('never share a port, over repositories, services and processes that lease at the same time', async () => {
    const wanted = Array.from({ length: 120 }, (_, n) => ({ repositoryId: `r${n % 3}`, branch: `b${n}` }));
    const leased = await Promise.all(
      wanted.map(({ repositoryId, branch }) => lease(branch, leasesOf(repositoryId))),
    );
    const ports = leased.flatMap((one) => claimedPorts(one));
    expect(new Set(ports).size).toBe(ports.length);
    expect(await leasesOf('r1').leases()).toHaveLength(40);
  });

  it('are free again once they are released', async () => {
    const first = await lease('b');
    await leasesOf().release('b');
    await leasesOf('r2').release('b');
    expect(await readdir(folder)).toEqual([]);
    expect(await lease('b')).toEqual(first);
  });

  it('that a killed process left half done are made anew', async () => {
    const first = await lease('b');
    await rm(join(folder, `port-${first.postgres}`));
    expect(await leasesOf().leases()).toEqual([]);
    expect(await lease('b')).toEqual(first);
    expect(await readdir(folder)).toHaveLength(13);
  });

  it('say so when there is none left', async () => {
    const none = createPortLeases({ folder, repositoryId: 'r1', isFree: () => Promise.resolve(false) });
    expect(await none.lease('b')).toMatchObject({
      ok: false,
      error: { kind: 'none-free', message: /cfn gc/ },
    });
  });

  it('notice a port that another program really uses', async () => {
    const server = createServer();
    const branch = 'really';
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(portsAt(home(branch)).base, '127.0.0.1', resolve);
    });
    const leased = await lease(branch, createPortLeases({ folder, repositoryId: 'r1' }));
    expect(leased.offset).not.toBe(home(branch));
    await new Promise((resolve) => server.close(resolve));
  });
});
