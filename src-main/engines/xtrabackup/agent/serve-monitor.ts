import { type KvBlock, pairValue } from '../wire/kv-block.ts'
import type { HistoryJob } from './job-history.ts'
import { Refusal, type Session } from './session.ts'

/** One block a job, newest first; neither a count nor an end but that of the connection (spec xtrabackup-agent §5.3). */
export async function serveMonitor(session: Session, request: KvBlock): Promise<void> {
  const newerThan = wholeNumber(request, 'newer_than')
  if (newerThan === undefined) throw new Refusal('Mandatory parameters missing: newer_than.')
  const jobs = session.state.history.list({
    newerThan,
    maxItems: wholeNumber(request, 'max_items') ?? 0,
    type: pairValue(request, 'type'),
  })
  for (const job of jobs) await session.sendBlock([...pairsOf(job), ...(session.action === 'list' ? moreOf(job) : [])])
}

function pairsOf(job: HistoryJob): (readonly [string, string])[] {
  return [
    ['sid', job.sid],
    ['type', job.type],
    ['start_time', String(job.startTime)],
    ['end_time', String(job.endTime)],
    ['backup_size', String(job.sizeBytes)],
    ['status', String(job.status)],
    ['message', job.message],
    ['files', ''],
  ]
}

/** What only callers of ours are told. */
function moreOf({ fromLsn, toLsn, serverVersion, toolVersion }: HistoryJob): (readonly [string, string])[] {
  const facts = [
    ['bkm-from-lsn', fromLsn],
    ['bkm-to-lsn', toLsn],
    ['bkm-server-version', serverVersion],
    ['bkm-tool-version', toolVersion],
  ] as const
  return facts.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))
}

function wholeNumber(request: KvBlock, key: string): number | undefined {
  const text = pairValue(request, key)
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw new Refusal(`${key} is not a number.`)
  return Number(text)
}
