import { setImmediate as nextTurn } from 'node:timers/promises'
import type { JobId } from '../../../src-shared/model/ids.ts'
import type { JobLogLine } from '../../../src-shared/model/job.ts'
import type { JobLogReader } from '../../catalog/main/job-log.ts'
import { isEnded, type JobQueue } from './job-queue.ts'

const levels: readonly JobLogLine['level'][] = ['debug', 'info', 'warn', 'error']
const pageSize = 1000
/** Lines of one event: keeps it well below a mebibyte (style D5). */
const eventLines = 500

export interface LogQuery {
  readonly id: JobId
  readonly level: JobLogLine['level']
  readonly outcome?: 'skipped' | 'failed' | undefined
  readonly text?: string | undefined
  readonly afterId?: number | undefined
  readonly limit: number
}

/** A page of the log and how many lines there are in all that fit. Gives way to other work between its steps. */
export async function logPage(log: JobLogReader, query: LogQuery): Promise<{ lines: JobLogLine[]; total: number }> {
  const wanted = query.text?.toLocaleLowerCase()
  const fits = (line: JobLogLine): boolean =>
    (query.outcome === undefined || line.outcome === query.outcome) &&
    (wanted === undefined ||
      line.message.toLocaleLowerCase().includes(wanted) ||
      (line.path?.toLocaleLowerCase().includes(wanted) ?? false))
  const lines: JobLogLine[] = []
  let total = 0
  for (let after = 0; ; ) {
    const page = log.page(query.id, { after, limit: pageSize, levels: from(query.level) })
    for (const line of page) {
      if (!fits(line)) continue
      total += 1
      if (line.id > (query.afterId ?? 0) && lines.length < query.limit) lines.push(line)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return { lines, total }
    after = last.id
    await nextTurn()
  }
}

/** The log so far, marked as buffered, then line by line until the job has ended. */
export async function* followLog(
  { queue, log }: { readonly queue: JobQueue; readonly log: JobLogReader },
  { id, level }: { readonly id: JobId; readonly level: JobLogLine['level'] },
  signal: AbortSignal | undefined,
): AsyncGenerator<{ buffered: boolean; lines: JobLogLine[] }> {
  // Subscribed before the first look, so that no line falls between.
  const changes = queue.logChanges(id, signal)[Symbol.asyncIterator]()
  let after = 0
  let buffered = true
  try {
    while (true) {
      // Asked before reading: lines of a job that has ended are all there.
      const isOver = isEnded(queue.get(id))
      while (true) {
        const lines = log.page(id, { after, limit: eventLines, levels: from(level) })
        const last = lines.at(-1)
        if (last === undefined) break
        after = last.id
        yield { buffered, lines: [...lines] }
      }
      if (buffered && after === 0) yield { buffered, lines: [] }
      buffered = false
      if (isOver) return
      const { done } = await changes.next()
      if (done) return
    }
  } finally {
    await changes.return?.()
  }
}

function from(level: JobLogLine['level']): readonly JobLogLine['level'][] {
  return levels.slice(levels.indexOf(level))
}
