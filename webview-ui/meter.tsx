interface MeterProps {
  readonly value: number;
  readonly threshold: number;
}

/** A neutral bar with the threshold's tick; widths go through SVG attributes, which the policy allows. */
export function Meter({ value, threshold }: MeterProps) {
  return (
    <svg
      viewBox="0 0 200 10"
      preserveAspectRatio="none"
      class="meter"
      role="img"
      aria-label={`${value.toFixed(2)} of 1, threshold ${threshold.toFixed(2)}`}
    >
      <rect class="track" x="0" y="3" width="200" height="4" />
      <rect class="fill" x="0" y="3" width={value * 200} height="4" />
      <rect class="tick" x={threshold * 200 - 1} y="0" width="2" height="10" />
    </svg>
  );
}
