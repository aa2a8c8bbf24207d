export interface LinuxStat {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Since the boot, in clock ticks; with the boot and the pid it names a process for good. */
  readonly startTicks: string;
  /** Its own and that of its children that were waited for. */
  readonly cpuTicks: number;
}

/**
 * A line of `/proc/<pid>/stat`: `ended` for a process that only waits to be collected, `null` for other text. The
 * first thread of a killed process may be done while another one is still inside a write to the disk: it lives.
 */
export function readLinuxStat(line: string): LinuxStat | 'ended' | null {
  // The program's name stands in brackets and may itself hold brackets and blanks.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (startTicks === undefined) return null;
  const at = (index: number) => Number(fields[index]);
  if ((state === 'Z' || state === 'X') && at(17) <= 1) return 'ended';
  return {
    pid: Number.parseInt(line, 10),
    parent: at(1),
    group: at(2),
    startTicks,
    cpuTicks: at(11) + at(12) + at(13) + at(14),
  };
}
