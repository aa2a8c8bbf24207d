const still = (): boolean =>
  document.body.classList.contains('vscode-reduce-motion') ||
  matchMedia('(prefers-reduced-motion: reduce)').matches;

function bring(place: Element, block: ScrollLogicalPosition): void {
  place.scrollIntoView({ block, behavior: still() ? 'auto' : 'smooth' });
}

/** After the next drawing: what is gone to may have been folded. */
export function goTo(id: string): void {
  requestAnimationFrame(() => {
    const place = document.getElementById(id);
    if (!place) return;
    bring(place, 'start');
    (place.querySelector<HTMLElement>('.fold-button') ?? place).focus({ preventScroll: true });
  });
}

/** The first of what waits for a person: a decision, a held hand-over, an agent. */
export function goToNeed(): void {
  const place = document.querySelector<HTMLElement>('.card.due, .agent.need');
  if (!place) return;
  bring(place, 'nearest');
  const target = place.matches('.agent') ? place : place.querySelector<HTMLElement>('button, textarea');
  target?.focus({ preventScroll: true });
}
