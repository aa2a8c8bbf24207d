/** A coordination store together with the ways in which it can fail. */
export interface StoreUnderFault {
  /**
   * Each by its name: does the fault, undoes it after so many milliseconds where it lasts, and is false when there
   * was nothing at that moment that it could have hurt.
   */
  readonly kinds: Readonly<Record<string, (ms: number) => Promise<boolean>>>;
  /** After the loop: what is not as it should be. */
  left(): Promise<readonly string[]>;
  /** After the store's process: connections that are still open. */
  connections(): Promise<number>;
  close(): Promise<void>;
}
