/*
 * Secrets are replaced by a prefix of their hash, never by their first characters: the same secret can be recognised
 * in two places, but nothing of it is shown.
 */

/**
 * Shapes of well-known keys. A group, where there is one, is the secret part. Agents print what they like, so no shape
 * may take long on any text: parts that can be tried from many places are bounded.
 */
const SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\bsk-[A-Za-z0-9_-]{20,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bglpat-[A-Za-z0-9_-]{20,}/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bAIza[0-9A-Za-z_-]{35}/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g,
  /\bnpm_[A-Za-z0-9]{36}/g,
  /\bhf_[A-Za-z0-9]{30,}/g,
  /\beyJ[A-Za-z0-9_-]{10,500}\.[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{10,}/g,
  /\b[Bb]earer +([A-Za-z0-9._~+/-]{16,}=*)/g,
  /:\/\/[^\s/:@"']{0,200}:([^\s/@"']{1,500})@/g,
  /\b[A-Z0-9_]*(?:API_KEY|ACCESS_KEY|TOKEN|SECRET|PASSWORD)=["']?([^\s"'\\;,]{8,})/g,
];
const KEY_BEGIN = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const KEY_END = /-----END [A-Z ]*PRIVATE KEY-----/g;

/** Shorter values would make ordinary words unreadable; they are not taken for secrets. */
const SHORTEST_SECRET = 6;
/** A line without an end is let go in parts once it is longer than this. */
const LONGEST_LINE = 65_536;
/** What is then still held back, since a key may have begun in it. */
const LONGEST_KEY = 4096;

export interface RedactorParts {
  /** SHA-256 of a text's UTF-8 bytes as hex. */
  readonly sha256: (text: string) => string;
  /** Standard base64 of a text's UTF-8 bytes after `offset` zero bytes. */
  readonly base64: (text: string, offset: number) => string;
}

export interface Redactor {
  /** Makes a value known as a secret; returns false when it is too short to be one. */
  readonly add: (secret: string) => boolean;
  readonly redact: (text: string) => string;
  /** Redacts strings wherever they stand in plain data. */
  readonly redactData: (value: unknown) => unknown;
  /** Redacts text that arrives in pieces, however a secret is cut. */
  readonly stream: () => StreamRedactor;
}

export interface StreamRedactor {
  /** Returns what can be shown by now: whole lines, as a rule. */
  push(chunk: string): string;
  /** Returns the rest. */
  end(): string;
}

export function createRedactor(parts: RedactorParts): Redactor {
  /** Every form in which a known secret may appear, with its replacement. */
  const forms = new Map<string, string>();
  let known: RegExp | null = null;
  const replacement = (secret: string): string => `[secret sha256:${parts.sha256(secret).slice(0, 8)}]`;

  const redact = (text: string): string => {
    let result = known ? text.replace(known, (form) => forms.get(form) ?? '[secret]') : text;
    for (const shape of SHAPES) {
      result = result.replace(shape, (match: string, group: unknown) => {
        if (typeof group !== 'string') return replacement(match);
        if (group.startsWith('[secret')) return match;
        const at = match.lastIndexOf(group);
        return match.slice(0, at) + replacement(group) + match.slice(at + group.length);
      });
    }
    return result;
  };

  return {
    add: (secret) => {
      if (secret.length < SHORTEST_SECRET) return false;
      for (const form of appearances(secret, parts)) forms.set(form, replacement(secret));
      const longestFirst = [...forms.keys()].sort((a, b) => b.length - a.length);
      known = new RegExp(longestFirst.map(escapeRegExp).join('|'), 'g');
      return true;
    },
    redact,
    redactData: (value) => redactData(value, redact, 0),
    stream: () => streamRedactor(redact, () => [...forms.keys()]),
  };
}

function appearances(secret: string, parts: RedactorParts): ReadonlySet<string> {
  const percent = encodeURIComponent(secret);
  const forms = new Set([
    secret,
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    percent.replaceAll('%20', '+'),
    JSON.stringify(secret).slice(1, -1),
  ]);
  // Inside a longer base64 text a secret begins at one of three places of a group of four characters.
  for (const offset of [0, 1, 2]) {
    const whole = parts.base64(secret, offset).replace(/=+$/, '');
    const bytes = offset + byteLength(secret);
    // Characters that hold bits of neighbours differ from text to text.
    const core = whole.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes * 8) / 6));
    if (core.length < SHORTEST_SECRET) continue;
    forms.add(core);
    forms.add(core.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

const DEEPEST = 8;

function redactData(value: unknown, redact: (text: string) => string, depth: number): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEEPEST) return '[deeper]';
  if (value instanceof Error) {
    return { name: value.name, message: redact(value.message), stack: redact(value.stack ?? '') };
  }
  if (Array.isArray(value)) return value.map((item) => redactData(item, redact, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [redact(key), redactData(item, redact, depth + 1)]),
  );
}

function streamRedactor(redact: (text: string) => string, forms: () => readonly string[]): StreamRedactor {
  let pending = '';
  return {
    push: (chunk) => {
      pending += chunk;
      const cut = safeCut(pending, forms());
      const shown = redact(pending.slice(0, cut));
      pending = pending.slice(cut);
      return shown;
    },
    end: () => {
      const shown = redact(pending);
      pending = '';
      return shown;
    },
  };
}

/** How much of `text` can be let go without cutting through a secret. */
function safeCut(text: string, forms: readonly string[]): number {
  let cut = text.lastIndexOf('\n') + 1;
  if (text.length - cut > LONGEST_LINE) cut = text.length - LONGEST_KEY;
  const open = openKey(text);
  if (open !== null && text.length - open <= LONGEST_LINE) cut = Math.min(cut, open);
  for (const form of forms) {
    for (let start = Math.max(0, cut - form.length + 1); start < cut; start += 1) {
      const rest = text.slice(start, start + form.length);
      if (form.startsWith(rest)) cut = start;
    }
  }
  for (let earlier = beforeShapes(text, cut); earlier < cut; earlier = beforeShapes(text, cut)) cut = earlier;
  return cut;
}

/** Where a private key begins that does not end yet. */
function openKey(text: string): number | null {
  const ends = [...text.matchAll(KEY_END)].at(-1);
  const from = ends ? ends.index + ends[0].length : 0;
  const begin = KEY_BEGIN.exec(text.slice(from));
  return begin ? from + begin.index : null;
}

/** `cut`, or where a key begins that it would cut through. */
function beforeShapes(text: string, cut: number): number {
  for (const shape of SHAPES) {
    for (const match of text.matchAll(shape)) {
      if (match.index >= cut) break;
      if (match.index + match[0].length > cut) return match.index;
    }
  }
  return cut;
}
