/** Our own outlines on a 16 × 16 grid. */
const SHAPES = {
  todo: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11Z',
  now: 'M8 2.5A5.5 5.5 0 0 1 13.5 8',
  done: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11Zm-2.4 5.7 1.7 1.7 3.2-3.6',
  bad: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM6.2 6.2l3.6 3.6m0-3.6L6.2 9.8',
  warning: 'M8 2.6 14 13H2L8 2.6Zm0 3.9v3m0 1.7v.2',
  need: 'M4 11V7.5a4 4 0 0 1 8 0V11l1 1.2H3L4 11Zm2.7 1.4a1.4 1.4 0 0 0 2.6 0',
  question: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM6.4 6.6A1.6 1.6 0 1 1 8 8.3v.8m0 1.7v.2',
  lost: 'M3 8h3m4 0h3M6 5.5v5M10 5.5v5',
  cancelled: 'M4.5 4.5h7v7h-7z',
  arrow: 'M2.5 8h10.5M9.6 4.6 13 8l-3.4 3.4',
  up: 'M8 13V3.4M4.6 6.6 8 3.2l3.4 3.4',
  terminal: 'M2.5 3.5h11v9h-11zM5 6.2 7 8 5 9.8M8.2 10h2.6',
  text: 'M4 2.5h8v11H4zM6 5.5h4M6 8h4M6 10.5h2.5',
  window: 'M2.5 3.5h11v9h-11zM2.5 6h11',
  branch:
    'M5 4.8v6.4M5 9.5c0-1.8 6-1.2 6-4.2M5 4.8a1.4 1.4 0 1 0 0-2.8 1.4 1.4 0 0 0 0 2.8ZM5 14a1.4 1.4 0 1 0 0-2.8A1.4 1.4 0 0 0 5 14ZM11 5.3a1.4 1.4 0 1 0 0-2.8 1.4 1.4 0 0 0 0 2.8Z',
  law: 'M8 2.5v11M5 13.5h6M3 4.5h10M3 4.5 1.5 9h3L3 4.5ZM13 4.5 11.5 9h3L13 4.5Z',
  play: 'M5 3.2v9.6L12.5 8 5 3.2Z',
  star: 'm8 2.2 1.8 3.7 4 .6-2.9 2.8.7 4L8 11.4l-3.6 1.9.7-4-2.9-2.8 4-.6L8 2.2Z',
  table: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M6.2 3.5v9',
} as const;
export type IconName = keyof typeof SHAPES;

/** Icons say nothing by themselves: the word stands beside them. */
export function Icon({ name, tone = '' }: { readonly name: IconName; readonly tone?: string }) {
  return (
    <svg viewBox="0 0 16 16" class={`icon icon-${name} ${tone}`} aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}
