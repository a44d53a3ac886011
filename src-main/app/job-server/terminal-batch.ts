import type { TerminalEvent as ShownEvent, TerminalBatch } from '../../../src-shared/model/remote-job.ts'
import type {
  GetJobStreamResponse,
  GetJobStreamResponse_Terminal as Terminal,
  GetJobStreamResponse_Terminal_Event as TerminalEvent,
} from '../../engines/vagrant/generated/server_pb.js'
import { unixMs } from '../../engines/vagrant/wire/times.ts'
import { cutText } from './cut-text.ts'

/** Nothing over a mebibyte crosses the contract (style D5): larger texts are cut, and say so. */
const longestText = 128 * 1024
const longestBatch = 512 * 1024
const mostColumns = 100
const cut = (text: string): string => cutText(text, longestText)
/** Names of styles, colours, states, columns. */
const word = (text: string): string => cutText(text, 200)

/** The output of GetJobStream as plain values: what was there first, as `buffered`, then what comes. Ends with the job. */
export async function* terminalBatches(stream: AsyncIterable<GetJobStreamResponse>): AsyncGenerator<TerminalBatch> {
  const read = createBatchReader()
  for await (const { event } of stream) {
    if (event.case === 'complete') return
    if (event.case === 'terminal') yield* read(event.value)
  }
}

/** For the messages of one stream, in order. */
export function createBatchReader(): (message: Terminal) => Generator<TerminalBatch> {
  const read = terminalReader()
  return function* batches({ buffered, events: pieces }) {
    let events: ShownEvent[] = []
    let size = 0
    for (const piece of pieces) {
      const whole = read(piece)
      if (whole === undefined) continue
      const shown = fitting(whole)
      const length = JSON.stringify(shown).length
      if (events.length > 0 && size + length > longestBatch) {
        yield { buffered, events }
        events = []
        size = 0
      }
      events.push(shown)
      size += length
    }
    if (events.length > 0) yield { buffered, events }
  }
}

/** One table or list of values alone can be too large: as much of its beginning as there is room for, and a row that says so. */
function fitting(event: ShownEvent): ShownEvent {
  if (event.kind === 'table') {
    const rows = beginning(event.rows)
    return rows.length === event.rows.length ? event : { ...event, rows: [...rows, [{ text: '…', color: '' }]] }
  }
  if (event.kind !== 'values') return event
  const values = beginning(event.values)
  return values.length === event.values.length ? event : { ...event, values: [...values, { name: '…', value: '' }] }
}

function beginning<Item>(items: readonly Item[]): readonly Item[] {
  let size = 0
  const end = items.findIndex((item) => {
    size += JSON.stringify(item).length
    return size > longestBatch
  })
  return end < 0 ? items : items.slice(0, end)
}

/** Reads one stream of events in order: bytes of a program may break off in the middle of a letter. */
function terminalReader(): (event: TerminalEvent) => ShownEvent | undefined {
  const plain = new TextDecoder()
  const errors = new TextDecoder()
  const steps = new Map<number, InstanceType<typeof TextDecoder>>()
  return ({ event, timestamp }) => {
    const at = unixMs(timestamp)
    switch (event.case) {
      case 'line': {
        const { msg, style, color, disableNewLine } = event.value
        return { kind: 'line', at, text: cut(msg), style: word(style), color: word(color), isOpen: disableNewLine }
      }
      case 'status':
        return {
          kind: 'status',
          at,
          status: word(event.value.status),
          text: cut(event.value.msg),
          isStep: event.value.step,
        }
      case 'namedValues':
        return {
          kind: 'values',
          at,
          values: event.value.values.map(({ name, value }) => ({ name: cut(name), value: cut(value) })),
        }
      case 'raw': {
        const decoder = event.value.stderr ? errors : plain
        const text = cut(decoder.decode(event.value.data, { stream: true }))
        return { kind: 'raw', at, text, isError: event.value.stderr }
      }
      case 'table': {
        const rows = event.value.rows.map(({ entries }) =>
          entries.map(({ value, color }) => ({ text: cut(value), color: word(color) })),
        )
        return { kind: 'table', at, headers: event.value.headers.slice(0, mostColumns).map(word), rows }
      }
      case 'stepGroup':
        return { kind: 'step-group', at, isClosed: event.value.close }
      case 'step': {
        const { id, close, msg, status, output } = event.value
        const decoder = steps.get(id) ?? new TextDecoder()
        steps.set(id, decoder)
        if (close) steps.delete(id)
        return {
          kind: 'step',
          at,
          id,
          isClosed: close,
          text: cut(msg),
          status: word(status),
          output: cut(decoder.decode(output, { stream: !close })),
        }
      }
      case undefined:
        return undefined
    }
  }
}
