import type { Harness } from '../harness.ts';
import type { RepositoryParts } from '../repository.ts';
import type { CheckoutGit } from './checkout-git.ts';
import type { Records } from './records.ts';

/** What the steps of one call share. */
export interface HomeContext extends Pick<
  RepositoryParts,
  'git' | 'user' | 'found' | 'checkouts' | 'ledger' | 'ids' | 'clock' | 'logger'
> {
  readonly harness: Harness;
  readonly records: Records;
  /** The user's git in the opened checkout. */
  readonly checkout: CheckoutGit;
}
