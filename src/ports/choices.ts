import type { SetUp } from '../domain/loop/model.ts';

/** What a person chose once for a repository; kept beside it, so that the repository itself can choose nothing. */
export interface Choices {
  setUp(): Promise<SetUp | null>;
  /** Throws where the disk refuses. */
  rememberSetUp(setUp: SetUp): Promise<void>;
}
