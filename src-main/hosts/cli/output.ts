/** Exit codes every command keeps to. */
export const exitCodes = { success: 0, error: 1, warnings: 3, interrupted: 130 } as const

/** Results on standard output, as lines for a person or as JSON for a program; everything else on standard error. */
export class Output {
  readonly isJson: boolean
  #statusShown = false

  constructor(isJson: boolean) {
    this.isJson = isJson
  }

  /** One result: `text` for a person, `value` for a program (one JSON document a line). */
  result(value: unknown, text: string | (() => string)): void {
    this.clearStatus()
    process.stdout.write(this.isJson ? `${JSON.stringify(value)}\n` : `${typeof text === 'string' ? text : text()}\n`)
  }

  /** A table for a person, one JSON document a row for a program. */
  table<Row>(rows: readonly Row[], columns: Readonly<Record<string, (row: Row) => string>>, empty: string): void {
    this.clearStatus()
    if (this.isJson) {
      for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`)
      return
    }
    if (rows.length === 0) {
      process.stdout.write(`${empty}\n`)
      return
    }
    const titles = Object.keys(columns)
    const cells = rows.map((row) => Object.values(columns).map((cell) => printable(cell(row))))
    const widths = titles.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i]?.length ?? 0)))
    const line = (values: readonly string[]) =>
      values
        .map((value, i) => value.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd()
    process.stdout.write(`${[line(titles), ...cells.map(line)].join('\n')}\n`)
  }

  /** A sentence beside the result. */
  note(text: string): void {
    this.clearStatus()
    process.stderr.write(`${printable(text)}\n`)
  }

  /** One line that is rewritten in place; nothing where standard error is not a terminal. */
  status(text: string): void {
    if (!process.stderr.isTTY || this.isJson) return
    const width = (process.stderr.columns ?? 80) - 1
    process.stderr.write(`\r\u001b[2K${printable(text).slice(0, width)}`)
    this.#statusShown = true
  }

  clearStatus(): void {
    if (!this.#statusShown) return
    process.stderr.write('\r\u001b[2K')
    this.#statusShown = false
  }
}

/** File names may hold anything: control characters must not reach the terminal, stray bytes show as U+FFFD. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced here
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd').toWellFormed()
}
