/** Reads PBS's names of tasks (spec pbs §8.8); `storage/datastore/task-id` writes them. */
export interface Upid {
  readonly node: string
  readonly pid: number
  readonly processStart: number
  readonly counter: number
  /** Unix seconds. */
  readonly startedAt: number
  readonly type: string
  /** Unescaped, except that a dash may have been a slash. Undefined when the task has none. */
  readonly workerId: string | undefined
  readonly authId: string
}

const MAX_LENGTH = 4096
const UPID =
  /^UPID:([^:/\s]+):([0-9A-F]{8}):([0-9A-F]{8,9}):([0-9A-F]{8,16}):([0-9A-F]{8}):([^:\s/]+):([^:\s]*):([^:\s]+):$/

/** Undefined when the text is no task id. */
export function parseUpid(text: string): Upid | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const match = UPID.exec(text)
  if (match === null) return undefined
  // All eight groups are part of every match.
  const [node, pid, start, counter, time, type, workerId, authId] = match.slice(1) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  return {
    node,
    pid: Number.parseInt(pid, 16),
    processStart: Number.parseInt(start, 16),
    counter: Number.parseInt(counter, 16),
    startedAt: Number.parseInt(time, 16),
    type,
    workerId: workerId === '' ? undefined : unescapeWorkerId(workerId),
    authId,
  }
}

function unescapeWorkerId(text: string): string {
  const bytes = text.replaceAll(/\\x([0-9a-f]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
