import type { WriteStream } from 'node:tty';

/** Lines that are drawn over themselves on a terminal. Elsewhere nothing is drawn, and only what is said stays. */
export class Screen {
  private drawn = 0;

  constructor(private readonly out: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>) {}

  get moves(): boolean {
    return this.out.isTTY;
  }

  get width(): number {
    return (this.out.isTTY && this.out.columns) || Infinity;
  }

  draw(lines: readonly string[]): void {
    const up = this.drawn > 0 ? `\x1b[${this.drawn}A` : '';
    this.out.write(up + lines.map((line) => `\x1b[2K${this.fitting(line)}\n`).join(''));
    this.drawn = lines.length;
  }

  /** From here on nothing above is drawn over. */
  say(...lines: readonly string[]): void {
    this.drawn = 0;
    this.out.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** For lines whose end is worth less than their staying one line. */
  fitting(line: string): string {
    const letters = Array.from(line);
    return letters.length <= this.width ? line : `${letters.slice(0, this.width - 1).join('')}…`;
  }
}
