import type { GetJobStreamResponse_Terminal_Event as TerminalEvent } from '../generated/server_pb.js'

/** A terminal event as plain lines, for log streams and logs on disk (section 12). Nothing for events without text. */
export function terminalLines(event: TerminalEvent): readonly string[] {
  const { event: kind } = event
  switch (kind.case) {
    case 'line':
      return split(kind.value.msg)
    case 'raw':
      return split(Buffer.from(kind.value.data).toString('utf8'))
    case 'step':
      return [...split(kind.value.msg), ...split(Buffer.from(kind.value.output).toString('utf8'))]
    case 'status':
      return split([kind.value.status, kind.value.msg].filter((text) => text !== '').join(': '))
    case 'namedValues':
      return kind.value.values.map(({ name, value }) => `${name}: ${value}`)
    case 'table':
      return [kind.value.headers, ...kind.value.rows.map((row) => row.entries.map((entry) => entry.value))]
        .filter((cells) => cells.length > 0)
        .map((cells) => cells.join(' | '))
    case 'stepGroup':
    case undefined:
      return []
  }
}

function split(text: string): string[] {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}
