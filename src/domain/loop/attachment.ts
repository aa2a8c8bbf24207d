/** Files that a person gives along with a task; kept with the loop as they were, whatever becomes of the originals. */
export interface Attachment {
  /** As the person knows it. */
  readonly name: string;
  /** Its name in the loop's folder, which is safe on every platform: `1-screenshot.png`. */
  readonly file: string;
  readonly bytes: number;
  readonly kind: AttachmentKind;
  /** Lower-case hex of the SHA-256 of its bytes. */
  readonly sha256: string;
}

export type AttachmentKind = 'text' | 'image' | 'other';

/** A file that a person names. */
export interface AttachmentSource {
  /** Absolute. */
  readonly path: string;
  /** What agents are told it is called; by default the last part of the path. */
  readonly name?: string;
}

/** Every attempt gets copies of its own. */
export const ATTACHMENT_LIMITS = { files: 10, fileBytes: 10_000_000, totalBytes: 25_000_000 } as const;

/** By the first bytes, not by the name. `head`: at least the first 16 bytes, or all of a shorter file. */
export function attachmentKind(head: Uint8Array): AttachmentKind {
  if (imageType(head) !== null) return 'image';
  return head.includes(0) ? 'other' : 'text';
}

/** The media type of a picture, by its first bytes; null for everything else. */
export function imageType(head: Uint8Array): string | null {
  const found = IMAGES.find(({ signature }) =>
    signature.every((byte, at) => byte === null || head[at] === byte),
  );
  return found?.type ?? null;
}

const ascii = (text: string): readonly number[] => Array.from(text, (letter) => letter.charCodeAt(0));

/** PNG, JPEG, GIF and WebP: what models take. */
const IMAGES: readonly { readonly type: string; readonly signature: readonly (number | null)[] }[] = [
  { type: 'image/png', signature: [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a] },
  { type: 'image/jpeg', signature: [0xff, 0xd8, 0xff] },
  { type: 'image/gif', signature: ascii('GIF87a') },
  { type: 'image/gif', signature: ascii('GIF89a') },
  { type: 'image/webp', signature: [...ascii('RIFF'), null, null, null, null, ...ascii('WEBP')] },
];

/** `number` counts from 1. Control characters, separators and what Windows reserves go; the ending stays. */
export function attachmentFile(number: number, name: string): string {
  const safe = name
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+/, '')
    .replace(/[.-]+$/, '');
  return `${number}-${safe.slice(-80) || 'file'}`;
}
