import type { KeyFacts } from '../../catalog/main/key-facts.ts'
import { PAPER_KEY_BEGIN, PAPER_KEY_END, parseKeyFile } from '../../storage/key-file.ts'

const groupLength = 5
const groupsInRow = 6

/** A group of characters that a person read from paper: which one, counted from 1, and what it says. */
export interface TypedGroup {
  readonly at: number
  readonly text: string
}

/** The key as groups short enough to be read from paper one by one. */
export function groupsOf(keyFile: string): readonly string[] {
  return parseKeyFile(keyFile).data.match(new RegExp(`.{1,${groupLength}}`, 'g')) ?? []
}

/** Whether all of these groups are what the sheet says. Spaces around them and the same group twice do not count. */
export function areOnSheet(keyFile: string, typed: readonly TypedGroup[]): boolean {
  const groups = groupsOf(keyFile)
  const isDifferent = new Set(typed.map(({ at }) => at)).size === typed.length
  return isDifferent && typed.every(({ at, text }) => groups[at - 1] !== undefined && groups[at - 1] === text.trim())
}

/**
 * What goes onto paper, a sentence a line, which the window says anew in its language (i18n/said.ts): the key file whole,
 * between the lines of the original's paper keys, and the key once more in numbered groups that can be asked for. */
export function sheetText(facts: KeyFacts, keyFile: string): string {
  return [
    `Holdfast recovery sheet: ${facts.name}`,
    '',
    `Fingerprint: ${facts.fingerprint}`,
    `Made: ${new Date(facts.createdAt).toISOString().slice(0, 10)}`,
    '',
    'Whoever has this sheet can read the backups made with this key.',
    'Without it, and without the computer they were made on, nobody can.',
    'Keep it on paper, away from the computer.',
    '',
    'To restore on another computer, install Holdfast and add the repository.',
    'Then choose Settings, Security, Bring back a key, and paste the text below.',
    'On the command line, with the text in a file:',
    '',
    '  holdfast key import <file>',
    '',
    PAPER_KEY_BEGIN,
    keyFile,
    PAPER_KEY_END,
    ...(facts.kdf === 'none' ? [] : ['The passphrase is needed too; it is not on this sheet.']),
    '',
    'The value of "data" once more, in groups that Holdfast asks for:',
    '',
    ...rowsOf(groupsOf(keyFile)),
    '',
  ].join('\n')
}

function rowsOf(groups: readonly string[]): readonly string[] {
  const cells = groups.map((group, at) => `${String(at + 1).padStart(2)} ${group.padEnd(groupLength)}`)
  return Array.from({ length: Math.ceil(cells.length / groupsInRow) }, (_, row) =>
    cells
      .slice(row * groupsInRow, (row + 1) * groupsInRow)
      .join('  ')
      .trimEnd(),
  )
}
