/** A tab that is not drawn gets no pictures; it must be whole all the same. */
const NO_PICTURE_MS = 100;

/** Runs `then` once, after the next picture of the page; returns what calls it off. */
export function afterPicture(then: () => void): () => void {
  let after: number | undefined;
  const go = (): void => {
    stop();
    then();
  };
  const frame = requestAnimationFrame(() => (after = window.setTimeout(go)));
  const timer = window.setTimeout(go, NO_PICTURE_MS);
  const stop = (): void => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    clearTimeout(after);
  };
  return stop;
}
