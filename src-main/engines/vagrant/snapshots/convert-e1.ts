import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { ConfigVarSchema, JobSchema, type Snapshot_Header, TargetSchema } from '../generated/server_pb.js'
import { compareBoxVersions, parseBoxVersion } from '../wire/box-version.ts'
import type { SnapshotItem } from './snapshot-writer.ts'

/** The first release with today's messages. */
const current = parseBoxVersion('2.3.7')

/** ConfigVar had its scopes under other numbers: target 3, project 4, runner 5. */
const scopeNumbers: Readonly<Record<number, number>> = { 3: 5, 4: 4, 5: 6 }

/** Ours count from their own beginning, and always have today's messages. */
const ownMark = '+holdfast'

/** Whether a snapshot was written by Vagrant 2.2.19 to 2.3.6, whose messages differ (section 14.7). */
export function isFromE1(header: Snapshot_Header): boolean {
  const text = header.version?.version ?? ''
  if (text.endsWith(ownMark)) return false
  const version = parseBoxVersion(text)
  return version !== undefined && current !== undefined && compareBoxVersions(version, current) < 0
}

/** An item in today's layout, or `undefined` for what has no counterpart. */
export function convertE1(item: SnapshotItem): SnapshotItem | undefined {
  switch (item.bucket) {
    case 'task':
      return undefined
    case 'jobs':
      return convertJob(item)
    case 'target':
      return convertTarget(item)
    case 'config':
      return { ...item, value: renumber(item.value) }
    default:
      return item
  }
}

/** Operation 54 was "run a task": it cannot be read as a command. Of several scopes the most specific comes last and wins. */
function convertJob(item: SnapshotItem): SnapshotItem | undefined {
  const job = fromBinary(JobSchema, item.value)
  if (job.operation.case === 'command') return undefined
  if (job.result !== undefined) delete job.result.run
  return { ...item, value: toBinary(JobSchema, job) }
}

/** Subtargets and parent were whole targets. */
function convertTarget(item: SnapshotItem): SnapshotItem {
  const target = fromBinary(TargetSchema, without(item.value, [6, 7]))
  return { ...item, value: toBinary(TargetSchema, target) }
}

function without(bytes: Uint8Array, numbers: readonly number[]): Uint8Array {
  return rewrite(bytes, (number) => (numbers.includes(number) ? undefined : number))
}

function renumber(bytes: Uint8Array): Uint8Array {
  const value = rewrite(bytes, (number) => scopeNumbers[number] ?? number)
  return toBinary(ConfigVarSchema, fromBinary(ConfigVarSchema, value))
}

/** Copies the fields of a message under the numbers that `place` gives them; `undefined` leaves one out. */
function rewrite(bytes: Uint8Array, place: (number: number) => number | undefined): Uint8Array {
  const reader = new BinaryReader(bytes)
  const writer = new BinaryWriter()
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    const data = reader.skip(wireType, number)
    const to = place(number)
    if (to !== undefined && wireType !== WireType.EndGroup) writer.tag(to, wireType).raw(data)
  }
  return writer.finish()
}
