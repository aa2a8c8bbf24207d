import type { Listener } from '../../ports/health-probes.ts';

export interface LinuxSocket {
  readonly port: number;
  readonly address: string;
  readonly inode: string;
}

const LISTEN = '0A';

/** `/proc/net/tcp` and `/proc/net/tcp6`: addresses are words of four bytes in the machine's own order. */
export function parseLinuxTcp(text: string): readonly LinuxSocket[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [address = '', port = ''] = (fields[1] ?? '').split(':');
    const inode = fields[9];
    if (fields[3] !== LISTEN || inode === undefined || !/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(address))
      return [];
    return [{ port: Number.parseInt(port, 16), address: linuxAddress(address), inode }];
  });
}

function linuxAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)),
  );
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.every((byte) => byte === 0)) return '::';
  if (bytes.at(-1) === 1 && bytes.slice(0, -1).every((byte) => byte === 0)) return '::1';
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0)).toString(16),
  );
  return groups.join(':');
}

/**
 * `netstat -anv -p tcp` of macOS. Which column holds the pid differs between versions and stands in the header; the
 * newest ones write `node:4711` there.
 */
export function parseDarwinNetstat(text: string): readonly Listener[] {
  const lines = text.split('\n');
  const header = lines.find((line) => line.includes('(state)')) ?? '';
  const columns = header.slice(header.indexOf('(state)')).trim().split(/\s+/);
  const column = columns.findIndex((name) => name === 'pid' || name === 'process:pid');
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const state = fields.indexOf('LISTEN');
    const local = fields[3] ?? '';
    const dot = local.lastIndexOf('.');
    if (state < 0 || dot < 0) return [];
    const owner = /^(?:(.+):)?(\d+)$/.exec(column < 0 ? '' : (fields[state + column] ?? ''));
    const address = local.slice(0, dot);
    return [
      {
        port: Number(local.slice(dot + 1)),
        address: address === '*' ? '0.0.0.0' : address,
        pid: owner?.[2] === undefined ? null : Number(owner[2]),
        program: owner?.[1] ?? null,
      },
    ];
  });
}

/** `netstat -ano` of Windows, whose words are translated: who listens is connected with nobody. */
export function parseWindowsNetstat(text: string): readonly Listener[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [protocol, local = '', remote, , pid] = line.trim().split(/\s+/);
    const place = /^\[?(.*?)\]?:(\d+)$/.exec(local);
    if (protocol !== 'TCP' || !place || (remote !== '0.0.0.0:0' && remote !== '[::]:0')) return [];
    return [{ port: Number(place[2]), address: place[1] ?? '', pid: Number(pid), program: null }];
  });
}

/** `tasklist /FO CSV /NH`: the name is the first field; without a match there is a sentence instead. */
export function parseTasklist(text: string): string | null {
  return /^"([^"]+)"/.exec(text.trim())?.[1] ?? null;
}
