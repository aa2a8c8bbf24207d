/** One line of JSON that was laid out; `end` is the line that closes what it opens. */
export interface JsonLine {
  readonly depth: number;
  readonly text: string;
  readonly end: number | null;
  /** Entries of what the line opens. */
  readonly items: number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g;

/** Lines of a JSON object or array, each literal as it is written; `null` when the text is none. */
export function prettyJson(text: string): readonly JsonLine[] | null {
  if (!/^\s*[[{]/.test(text) || !isJson(text)) return null;
  const layout = new Layout();
  for (const token of text.match(TOKEN) ?? []) layout.take(token);
  return layout.lines;
}

class Layout {
  readonly lines: { depth: number; text: string; end: number | null; items: number }[] = [];
  private readonly opened: number[] = [];
  private line = '';

  take(token: string): void {
    switch (token) {
      case '{':
      case '[':
        this.open(token);
        return;
      case '}':
      case ']':
        this.close(token);
        return;
      case ',':
        this.append(',');
        return;
      default:
        this.line += token === ':' ? ': ' : token;
    }
  }

  private open(bracket: string): void {
    const line = this.line + bracket;
    this.line = '';
    this.push(line, true);
    this.opened.push(this.lines.length - 1);
  }

  private close(bracket: string): void {
    this.flush();
    const start = this.opened.pop() ?? 0;
    const opener = this.lines[start];
    if (opener && start === this.lines.length - 1) {
      opener.text += bracket;
      return;
    }
    this.push(bracket, false);
    if (opener) opener.end = this.lines.length - 1;
  }

  private append(comma: string): void {
    this.flush();
    const last = this.lines.at(-1);
    if (last) last.text += comma;
  }

  private flush(): void {
    if (this.line === '') return;
    const { line } = this;
    this.line = '';
    this.push(line, true);
  }

  private push(text: string, entry: boolean): void {
    const opener = this.lines[this.opened.at(-1) ?? -1];
    if (opener && entry) opener.items += 1;
    this.lines.push({ depth: this.opened.length, text, end: null, items: 0 });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
