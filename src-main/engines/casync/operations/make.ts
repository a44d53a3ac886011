import { type EncodeTreeOptions, encodeCatarTree } from '../../../archive/catar/encode-tree.ts'
import { CatarEncoder, type CatarEncoderOptions } from '../../../archive/catar/encoder.ts'
import type { TreeEntry } from '../../../archive/tree.ts'
import { type MakeOptions, type MakeReport, StreamMaker } from './stream-maker.ts'

/** A .caibx of a file, an image, any stream. The header is `blobFeatures` and the sizes. */
export async function makeBlobIndex(pieces: AsyncIterable<Uint8Array>, options: MakeOptions): Promise<MakeReport> {
  return await make(options, async (maker) => {
    for await (const piece of pieces) {
      options.signal.throwIfAborted()
      const pending = maker.write(piece)
      if (pending !== undefined) await pending
    }
  })
}

export interface MakeTreeOptions extends MakeOptions {
  readonly tree?: EncodeTreeOptions | undefined
  readonly encoder?: Pick<CatarEncoderOptions, 'idShift' | 'onContentProblem'> | undefined
}

/** A .caidx of a tree: its archive is made and cut on the way, and is nowhere as a whole. */
export async function makeTreeIndex(entries: AsyncIterable<TreeEntry>, options: MakeTreeOptions): Promise<MakeReport> {
  const { header, signal, tree, encoder } = options
  return await make(options, async (maker) => {
    const { featureFlags } = header
    await encodeCatarTree(entries, new CatarEncoder({ ...encoder, output: maker, featureFlags, signal }), tree)
  })
}

async function make(options: MakeOptions, fill: (maker: StreamMaker) => Promise<void>): Promise<MakeReport> {
  const maker = new StreamMaker(options)
  try {
    await fill(maker)
    return await maker.finish()
  } finally {
    await maker.discard()
  }
}
