/** What a person pointed at, as the task of a loop. */
export interface Draft {
  readonly description: string;
  readonly acceptance: readonly string[];
}
