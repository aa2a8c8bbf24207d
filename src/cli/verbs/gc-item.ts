import type { CleanUpItem } from '../../app/clean-up.ts';
import { bytesText } from '../../base/bytes.ts';

/** `verb`: what becomes of an item that does not stay. */
export function itemLine({ kind, name, bytes, kept }: CleanUpItem, verb: string): string {
  const size = bytes === null ? '' : `  ${bytesText(bytes)}`;
  return `  ${kept === null ? verb : 'stays'}  ${kind}  ${name}${size}${kept === null ? '' : `  (${kept})`}`;
}
