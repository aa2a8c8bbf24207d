import type { Result } from '../base/result.ts';
import type { WorktreePorts } from '../domain/worktree/ports.ts';

export interface PortLease extends WorktreePorts {
  readonly branch: string;
}

export type PortLeaseError =
  | { readonly kind: 'none-free'; readonly message: string }
  | { readonly kind: 'disk'; readonly message: string };

/** Host ports of worktrees, leased per branch of a repository until they are released. */
export interface PortLeases {
  /** The branch's lease, a new one where it has none. New ports are free at that moment: each was bound. */
  lease(branch: string): Promise<Result<PortLease, PortLeaseError>>;
  release(branch: string): Promise<void>;
  leases(): Promise<readonly PortLease[]>;
}
