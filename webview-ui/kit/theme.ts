/** A theme may leave too little between secondary words and what is behind them. */
const READABLE = 4.5;

type Colour = readonly [red: number, green: number, blue: number];

function luminance([red, green, blue]: Colour): number {
  const linear = (value: number): number => {
    const part = value / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** By WCAG: 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const [high, low] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

/** Where secondary words would be hard to read, they get the colour of the others; looked at again with each theme. */
export function watchTheme(body: HTMLElement, colourOf: (variable: string) => Colour | null): void {
  const look = (): void => {
    body.classList.remove('no-dim');
    const [dim, behind] = [colourOf('--dim'), colourOf('--bg')];
    body.classList.toggle('no-dim', dim !== null && behind !== null && contrast(dim, behind) < READABLE);
  };
  new MutationObserver(look).observe(document.documentElement, { attributeFilter: ['style'] });
  look();
}

/** What a colour of the style sheet is on the screen; null where it is none. */
export function drawnColour(variable: string): Colour | null {
  const probe = document.createElement('span');
  probe.style.color = `var(${variable})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  const parts = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(value);
  if (parts) return [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  // Mixed, half seen through, or of another colour space.
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!context || value === '') return null;
  context.fillStyle = value;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
