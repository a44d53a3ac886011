/** A program and its arguments as one line and back. Quotes keep spaces together; nothing else means anything. */
export function splitArguments(line: string): string[] {
  const words: string[] = []
  for (const match of line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)) {
    const [, double, single, plain] = match
    words.push(double !== undefined ? double.replace(/\\(.)/g, '$1') : (single ?? plain ?? ''))
  }
  return words
}

export function joinArguments(words: readonly string[]): string {
  return words.map((word) => (/^[^\s"'\\]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`)).join(' ')
}
