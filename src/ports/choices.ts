import type { CodePlace, SetUp } from '../domain/loop/model.ts';

/** What a person may choose once for a repository. Null: nobody was asked yet. */
export interface Chosen {
  readonly setUp: SetUp | null;
  readonly codePlace: CodePlace | null;
}

/** What a person chose once for a repository; kept beside it, so that the repository itself can choose nothing. */
export interface Choices {
  read(): Promise<Chosen>;
  /** Throws where the disk refuses. */
  remember(choice: Partial<Chosen>): Promise<void>;
}
