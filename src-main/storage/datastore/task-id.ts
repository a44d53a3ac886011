import { HoldfastError } from '../../../src-shared/errors.ts'

/** PBS's name of a task (spec pbs §8.8), which a manifest keeps to say which verification its state comes from. */
export interface TaskId {
  readonly node: string
  readonly pid: number
  /** In the unit of the system: clock ticks since it started. 0 where that is unknown. */
  readonly processStart: number
  /** Tells tasks of one second apart. */
  readonly counter: number
  /** Unix seconds. */
  readonly startedAt: number
  readonly type: string
  /** What the task works on, unescaped. */
  readonly workerId: string
  readonly authId: string
}

const MAX_LENGTH = 4096
/** Numbers have eight digits of hex, process starts up to nine. */
const UPID =
  /^UPID:([^:/\s]+):([0-9A-F]{8}):([0-9A-F]{8,9}):([0-9A-F]{8,16}):([0-9A-F]{8}):([^:\s/]+):([^:\s]*):([^:\s]+):$/

/** `UPID:node:PID8:PSTART8:TASKID8:START8:type:id:authid:` */
export function formatTaskId(task: TaskId): string {
  const numbers = [task.pid, task.processStart, task.counter, task.startedAt].map(hex8).join(':')
  return `UPID:${task.node}:${numbers}:${task.type}:${escapeWorkerId(task.workerId)}:${task.authId}:`
}

/** When the task began, in Unix seconds; undefined when this is no task id. */
export function taskStart(upid: string): number | undefined {
  if (upid.length > MAX_LENGTH) return undefined
  const start = UPID.exec(upid)?.[5]
  return start === undefined ? undefined : Number.parseInt(start, 16)
}

function hex8(value: number): string {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new HoldfastError('input/invalid', { detail: `${value} does not fit into a task id.` })
  }
  return value.toString(16).toUpperCase().padStart(8, '0')
}

/** Letters, digits, `_` and inner dots stay; a slash becomes a dash; every other byte its code. */
function escapeWorkerId(text: string): string {
  return [...Buffer.from(text)]
    .map((byte, position) => {
      const character = String.fromCharCode(byte)
      if (character === '/') return '-'
      if (/\w/.test(character) || (character === '.' && position > 0)) return character
      return `\\x${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
}
