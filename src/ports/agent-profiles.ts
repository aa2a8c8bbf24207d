import type { ProfileOrigin } from '../domain/agents/profile.ts';
import type { AgentProfile } from '../protocol/agent-profile.ts';

/** A profile with the file it was read from. */
export interface ListedProfile extends AgentProfile {
  /** Absolute. */
  readonly path: string;
  /** Relative to the repository where it lies in it, with slashes; else absolute. */
  readonly shownPath: string;
  readonly origin: ProfileOrigin;
  /** The file of the stronger profile with the same id; null where this one is meant by the id. */
  readonly hiddenBy: string | null;
}

export interface ProfileFolders {
  /** Any folder of a repository, absolute; null: none. */
  readonly repository: string | null;
  /** Looked at instead of the usual places; absolute. */
  readonly only?: string;
}
