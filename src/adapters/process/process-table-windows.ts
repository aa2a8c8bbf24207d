import { windowsTool } from '../../base/programs.ts';
import { capture } from './capture.ts';
import type { ProcessEntry, ProcessTable } from './process-entry.ts';

const PROPERTIES = [
  'ProcessId',
  'ParentProcessId',
  '@{n="Born";e={if($_.CreationDate){$_.CreationDate.ToFileTimeUtc()}else{0}}}',
  'KernelModeTime',
  'UserModeTime',
].join(',');

/** `ConvertTo-Csv` of Win32_Process: times are in units of 100 ns, Born is a FILETIME. */
export function parseCimProcesses(csv: string): readonly ProcessEntry[] {
  return csv
    .split(/\r?\n/)
    .slice(1)
    .flatMap((line): ProcessEntry[] => {
      const [pid, ppid, born, kernel, user] = line.split(',').map((cell) => cell.replaceAll('"', '').trim());
      if (pid === undefined || pid === '' || born === undefined || user === undefined) return [];
      return [
        {
          pid: Number(pid),
          ppid: Number(ppid),
          group: null,
          startTime: born,
          born: Number(born),
          cpuMs: Math.round((Number(kernel) + Number(user)) / 10_000),
        },
      ];
    });
}

export function windowsTable(run: typeof capture = capture): ProcessTable {
  const query = async (filter: string) =>
    parseCimProcesses(
      await run(windowsTool('powershell', process.env), [
        '-NoProfile',
        '-NonInteractive',
        '-Command',
        `Get-CimInstance Win32_Process ${filter}| Select-Object ${PROPERTIES} | ConvertTo-Csv -NoTypeInformation`,
      ]),
    );
  return {
    list: () => query(''),
    startTime: async (pid) => (await query(`-Filter "ProcessId=${pid}" `))[0]?.startTime ?? null,
    // Windows does not show one process the environment of another; the walk over parents has to do.
    carriers: async () => new Set<number>(),
  };
}
