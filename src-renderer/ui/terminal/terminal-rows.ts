import type { TerminalBatch, TerminalEvent } from '../../../src-shared/model/remote-job.ts'

/** The window keeps so many pieces; the job server and the log have the rest. */
export const MOST_ROWS = 2000
/** Of what one program or step printed, the newest. */
const mostText = 64 * 1024

type Of<Kind extends TerminalEvent['kind']> = Extract<TerminalEvent, { kind: Kind }>

/** What is drawn: a step as it stands, text that goes on where it ended. */
export type TerminalRow =
  | (Of<'line' | 'status' | 'values' | 'raw' | 'table'> & { readonly key: number })
  | (Of<'step'> & { readonly key: number; readonly group: number })

export interface TerminalState {
  readonly rows: readonly TerminalRow[]
  /** The next row's. */
  readonly key: number
  readonly group: number
  readonly isCut: boolean
}

export const emptyTerminal: TerminalState = { rows: [], key: 0, group: 0, isCut: false }

export function addOutput(before: TerminalState, { events }: TerminalBatch): TerminalState {
  const rows = [...before.rows]
  let { key, group } = before
  for (const event of events) {
    const last = rows.at(-1)
    switch (event.kind) {
      case 'step-group':
        group += 1
        break
      case 'step': {
        const at = rows.findLastIndex((row) => row.kind === 'step' && row.id === event.id && row.group === group)
        const known = rows[at]
        if (known?.kind === 'step') rows[at] = { ...known, ...mergedStep(known, event) }
        else rows.push({ ...event, key: key++, group })
        break
      }
      case 'line':
        if (last?.kind === 'line' && last.isOpen)
          rows[rows.length - 1] = { ...last, text: last.text + event.text, isOpen: event.isOpen }
        else rows.push({ ...event, key: key++ })
        break
      case 'raw':
        if (last?.kind === 'raw' && last.isError === event.isError)
          rows[rows.length - 1] = { ...last, text: newest(last.text + event.text) }
        else rows.push({ ...event, key: key++ })
        break
      default:
        rows.push({ ...event, key: key++ })
    }
  }
  const isCut = before.isCut || rows.length > MOST_ROWS
  return { rows: rows.slice(-MOST_ROWS), key, group, isCut }
}

/** Empty fields leave what was said before. */
function mergedStep(known: Of<'step'>, event: Of<'step'>): Of<'step'> {
  return {
    ...event,
    text: event.text === '' ? known.text : event.text,
    status: event.status === '' ? known.status : event.status,
    output: newest(known.output + event.output),
  }
}

function newest(text: string): string {
  return text.length <= mostText ? text : text.slice(-mostText)
}

/** A program's text without what would move a terminal's cursor or colour it. */
export function plainText(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is taken out
      .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g, '')
      .replace(/\r\n/g, '\n')
      // A line that was drawn over: its last state.
      .replace(/[^\n]*\r(?!\n)/g, '')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
  )
}

/** All of it as text, for the clipboard. */
export function rowText(row: TerminalRow): string {
  switch (row.kind) {
    case 'line':
      return plainText(row.text)
    case 'raw':
      return plainText(row.text)
    case 'status':
      return [row.status, row.text].filter((part) => part !== '').join(': ')
    case 'values':
      return row.values.map(({ name, value }) => `${name}: ${value}`).join('\n')
    case 'table':
      return [row.headers, ...row.rows.map((cells) => cells.map(({ text }) => text))]
        .map((cells) => cells.join('\t'))
        .join('\n')
    case 'step':
      return [`${row.text} ${row.status}`.trim(), plainText(row.output)].filter((part) => part !== '').join('\n')
  }
}
