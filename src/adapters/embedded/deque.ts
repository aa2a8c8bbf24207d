/** A list that is cheap at both ends: a ring whose size doubles. */
export class Deque {
  private ring: (string | undefined)[] = Array.from({ length: 8 });
  private head = 0;
  length = 0;

  at(index: number): string | undefined {
    return index < 0 || index >= this.length ? undefined : this.ring[this.slot(index)];
  }

  set(index: number, value: string): void {
    this.ring[this.slot(index)] = value;
  }

  pushLeft(value: string): void {
    this.grow();
    this.head = this.slot(this.ring.length - 1);
    this.ring[this.head] = value;
    this.length++;
  }

  pushRight(value: string): void {
    this.grow();
    this.ring[this.slot(this.length)] = value;
    this.length++;
  }

  popLeft(): string | undefined {
    if (this.length === 0) return undefined;
    const value = this.ring[this.head];
    this.ring[this.head] = undefined;
    this.head = this.slot(1);
    this.length--;
    return value;
  }

  popRight(): string | undefined {
    if (this.length === 0) return undefined;
    const slot = this.slot(this.length - 1);
    const value = this.ring[slot];
    this.ring[slot] = undefined;
    this.length--;
    return value;
  }

  /** From `start` up to and without `end`. */
  slice(start = 0, end = this.length): string[] {
    const values: string[] = [];
    for (let index = start; index < end; index++) {
      const value = this.at(index);
      if (value !== undefined) values.push(value);
    }
    return values;
  }

  replace(values: readonly string[]): void {
    let size = 8;
    while (size < values.length) size *= 2;
    this.ring = Array.from({ length: size });
    for (const [index, value] of values.entries()) this.ring[index] = value;
    this.head = 0;
    this.length = values.length;
  }

  private slot(index: number): number {
    return (this.head + index) & (this.ring.length - 1);
  }

  private grow(): void {
    if (this.length < this.ring.length) return;
    const values = this.slice();
    this.ring = [...values, ...Array.from<undefined>({ length: values.length })];
    this.head = 0;
  }
}
