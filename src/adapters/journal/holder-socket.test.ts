import { describe, expect, it } from 'vitest';
import { newAddress } from './holder-socket.ts';

describe("a holder's address", () => {
  it('is a pipe on Windows, whatever the folder', () => {
    expect(newAddress('win32', 'C:\\Temp')).toMatch(/^\\\\\.\\pipe\\cfn-[0-9a-f]{16}$/);
  });

  it('is a socket that fits into the 104 bytes of macOS, also where letters take more than one', () => {
    const plain = '/var/folders/xy/0123456789abcdefghijklmnopqrstu/T';
    expect(newAddress('darwin', plain)).toMatch(/^\/var\/folders\/.*\/cfn-[0-9a-f]{16}\.sock$/);
    for (const folder of [`/${'a'.repeat(100)}`, `/${'ä'.repeat(45)}`]) {
      expect(newAddress('darwin', folder)).toMatch(/^\/tmp\/cfn-[0-9a-f]{16}\.sock$/);
    }
    expect(newAddress('linux', '/tmp')).not.toBe(newAddress('linux', '/tmp'));
  });
});
