const linesKept = 60
const lineLength = 1000

/** The last lines a program wrote, for whoever has to say why it failed. */
export class LineTail {
  readonly #lines: string[] = []
  readonly #onLine: ((line: string) => void) | undefined
  #rest = ''

  constructor(onLine?: (line: string) => void) {
    this.#onLine = onLine
  }

  add(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n/)
    this.#rest = (lines.pop() ?? '').slice(-lineLength)
    for (const line of lines) this.#push(line)
  }

  end(): void {
    if (this.#rest !== '') this.#push(this.#rest)
    this.#rest = ''
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  /** A few of them, as the detail of an error. */
  last(count = 8): string {
    return this.#lines.slice(-count).join('\n')
  }

  #push(line: string): void {
    const clean = line.trimEnd().slice(0, lineLength)
    if (clean === '') return
    this.#lines.push(clean)
    if (this.#lines.length > linesKept) this.#lines.shift()
    this.#onLine?.(clean)
  }
}
