import { expect, it } from 'vitest';
import { attachmentFile, attachmentKind } from './attachment.ts';

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

it.each([
  ['\x89PNG\r\n\x1a\n....', 'image'],
  ['\xff\xd8\xff\xe0....', 'image'],
  ['GIF89a..', 'image'],
  ['RIFF\x00\x01\x02\x03WEBPVP8 ', 'image'],
  ['RIFF\x00\x01\x02\x03WAVEfmt ', 'other'],
  ['# Notes', 'text'],
  ['', 'text'],
  ['MZ\x00', 'other'],
])('%j is %s, whatever its name', (text, kind) => {
  expect(attachmentKind(bytes(text))).toBe(kind);
});

it.each([
  ['Screen shot.png', '1-Screen-shot.png'],
  ['../../etc/passwd', '1-etc-passwd'],
  ['CON', '1-CON'],
  ['Füße\u001b[31m.txt', '1-Füße-31m.txt'],
  ['...', '1-file'],
])('%j is kept as %s', (name, file) => {
  expect(attachmentFile(1, name)).toBe(file);
});
