import { PassThrough } from 'node:stream'
import { type BytePipes, nodePipes } from './byte-pipes.ts'

/** Two ends of one connection in memory, with as little room between them as a pipe has. */
export function joinedPipes(roomBytes = 65_536): readonly [BytePipes, BytePipes] {
  const there = new PassThrough({ highWaterMark: roomBytes })
  const back = new PassThrough({ highWaterMark: roomBytes })
  return [nodePipes(back, there), nodePipes(there, back)]
}
