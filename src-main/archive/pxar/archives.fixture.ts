import { HoldfastError } from '../../../src-shared/errors.ts'
import { MemorySink } from '../memory-sink.fixture.ts'
import type { FileContent } from '../tree.ts'
import { encodeTree } from './encode-tree.ts'
import { PxarEncoder } from './encoder.ts'
import { contentOf } from './golden.fixture.ts'
import type { PayloadRef } from './payload-ref.ts'
import { type Node, streamTree } from './trees.fixture.ts'

const { signal } = new AbortController()

export async function encodeUnified(tree: Node, blockBytes?: number): Promise<Uint8Array> {
  const output = new MemorySink(blockBytes !== undefined)
  await encodeTree(streamTree(tree), new PxarEncoder({ output, signal, blockBytes }))
  return output.bytes
}

export interface SplitArchive {
  readonly metadata: Uint8Array
  readonly payload: Uint8Array
}

export async function encodeSplit(tree: Node, prelude?: Uint8Array): Promise<SplitArchive> {
  const output = new MemorySink()
  const payload = new MemorySink()
  await encodeTree(streamTree(tree), new PxarEncoder({ output, payload, prelude, signal }))
  return { metadata: output.bytes, payload: payload.bytes }
}

/** Opens contents in a payload stream in memory. */
export function openIn(payload: Uint8Array): (ref: PayloadRef) => FileContent {
  return ({ offset, sizeBytes }) => {
    const from = Number(offset) + 16
    if (from > payload.length) throw new HoldfastError('archive/corrupt')
    return contentOf(payload.subarray(from, from + Number(sizeBytes)))
  }
}
