interface MeterProps {
  /** 0 to 1. */
  readonly value: number;
  /** Where the mark stands; none without it. */
  readonly threshold?: number;
  /** Said to those who do not see it. */
  readonly label: string;
}

/** A neutral bar; what it means stands beside it in words. */
export function Meter({ value, threshold, label }: MeterProps) {
  const filled = Math.min(1, Math.max(0, value));
  return (
    <svg viewBox="0 0 200 10" preserveAspectRatio="none" class="meter" role="img" aria-label={label}>
      <rect class="track" x="0" y="2" width="200" height="6" />
      <rect class="fill" x="0" y="2" width={filled * 200} height="6" />
      {threshold !== undefined && <rect class="tick" x={threshold * 200 - 1} y="0" width="2" height="10" />}
    </svg>
  );
}
