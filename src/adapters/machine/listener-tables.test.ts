import { describe, expect, it } from 'vitest';
import { parseDarwinNetstat, parseLinuxTcp, parseTasklist, parseWindowsNetstat } from './listener-tables.ts';

describe('who listens on a port', () => {
  it('[SI-126] is read from the tables of Linux', () => {
    const tcp = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 52101 1 0 100 0 0 10 0',
      '   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 52102 1 0',
      '   2: 0100007F:18EB 0100007F:9A2C 01 00000000:00000000 00:00000000 00000000  1000        0 52103 1 0',
    ].join('\n');
    expect(parseLinuxTcp(tcp)).toEqual([
      { port: 6379, address: '127.0.0.1', inode: '52101' },
      { port: 22, address: '0.0.0.0', inode: '52102' },
    ]);
    const row = (address: string) =>
      `   0: ${address}:18EB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 7 1`;
    const addresses = [
      '00000000000000000000000000000000',
      '00000000000000000000000001000000',
      'B80D0120000000000000000001000000',
    ];
    expect(addresses.flatMap((address) => parseLinuxTcp(row(address))).map(({ address }) => address)).toEqual(
      ['::', '::1', '2001:db8:0:0:0:0:0:1'],
    );
    expect(parseLinuxTcp('nonsense\n\n')).toEqual([]);
  });

  it('[SI-126] is read from netstat of macOS, whichever column holds the process', () => {
    const older = [
      'Active Internet connections (including servers)',
      'Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)     rhiwat shiwat    pid   epid  state    options',
      'tcp4       0      0  127.0.0.1.6379         *.*                    LISTEN      131072 131072    812      0 0x0100 0x00000106',
      'tcp46      0      0  *.3001                 *.*                    LISTEN      131072 131072    900      0 0x0100 0x00000106',
      'tcp4       0      0  127.0.0.1.6379         127.0.0.1.52000        ESTABLISHED 131072 131072    812      0 0x0100 0x00000106',
    ].join('\n');
    expect(parseDarwinNetstat(older)).toEqual([
      { port: 6379, address: '127.0.0.1', pid: 812, program: null },
      { port: 3001, address: '0.0.0.0', pid: 900, program: null },
    ]);
    const newer = [
      'Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)      rxbytes txbytes rhiwat shiwat process:pid state options',
      'tcp6       0      0  ::1.5432               *.*                    LISTEN             0       0 131072 131072 postgres:77 00100 00000006',
    ].join('\n');
    expect(parseDarwinNetstat(newer)).toEqual([{ port: 5432, address: '::1', pid: 77, program: 'postgres' }]);
    expect(parseDarwinNetstat('tcp4 0 0 *.80 *.* LISTEN')).toEqual([
      { port: 80, address: '0.0.0.0', pid: null, program: null },
    ]);
  });

  it('[SI-126] is read from netstat of Windows in any language', () => {
    const table = [
      'Aktive Verbindungen',
      '',
      '  Proto  Lokale Adresse         Remoteadresse          Status           PID',
      '  TCP    127.0.0.1:6379         0.0.0.0:0              ABHÖREN          4242',
      '  TCP    [::]:3001              [::]:0                 ABHÖREN          17',
      '  TCP    127.0.0.1:6379         127.0.0.1:50001        HERGESTELLT      4242',
      '  UDP    0.0.0.0:500            *:*                                     4',
    ].join('\r\n');
    expect(parseWindowsNetstat(table)).toEqual([
      { port: 6379, address: '127.0.0.1', pid: 4242, program: null },
      { port: 3001, address: '::', pid: 17, program: null },
    ]);
    expect(parseTasklist('"node.exe","4242","Console","1","50.000 K"\r\n')).toBe('node.exe');
    expect(parseTasklist('INFO: No tasks are running.')).toBeNull();
  });
});
