import koffi from 'koffi'

const pathOfSystem = 'libzstd.so.1'

/** What a call of zstd.h returns for an error is one of the last few numbers of 64 bits. */
const errorFrom = 2 ** 63

/**
 * What a context works in. Level 1 with the largest table we ask for takes 0.8 MiB, decompression 0.1 MiB; what is not
 * touched takes no memory.
 */
const workspaceBytes = 2 << 20

/** From `plain` to `into`; how many bytes it became. Throws a plain Error, also when there is no room for it. */
export type ZstdCall = (from: Uint8Array, into: Uint8Array) => number

/**
 * The zstd that is in Node's program itself, or else the system's. Node's own calls make a stream, a context and its tables
 * for every chunk: of 64 KiB that is a seventh of the work. A context of ours is in memory of ours, and ends with the thread.
 */
export interface ZstdLibrary {
  /** The parameters are those of `node:zlib`. */
  createCompressor(parameters: Readonly<Record<number, number>>): ZstdCall
  /** Of exactly one frame: anything behind it is an error. */
  createDecompressor(): ZstdCall
}

/** Undefined where there is none: not on Linux, in Electron without the library of the system. To be kept by the caller. */
export function openZstdLibrary(): ZstdLibrary | undefined {
  if (process.platform !== 'linux') return undefined
  // Deep: what the library calls is its own, even if the program shows some of a zstd of another version.
  return tryBind(() => koffi.load(null)) ?? tryBind(() => koffi.load(pathOfSystem, { deep: true }))
}

function tryBind(load: () => ReturnType<typeof koffi.load>): ZstdLibrary | undefined {
  try {
    return bindZstd(load())
  } catch {
    return undefined
  }
}

function bindZstd(library: ReturnType<typeof koffi.load>): ZstdLibrary {
  const from = ['const void *', 'size_t']
  const into = ['void *', 'size_t']
  const initCompressor = library.func('ZSTD_initStaticCCtx', 'void *', into)
  const setParameter = library.func('ZSTD_CCtx_setParameter', 'size_t', ['void *', 'int', 'int'])
  const compress = library.func('ZSTD_compress2', 'size_t', ['void *', ...into, ...from])
  const initDecompressor = library.func('ZSTD_initStaticDCtx', 'void *', into)
  const decompress = library.func('ZSTD_decompressDCtx', 'size_t', ['void *', ...into, ...from])
  const frameBytes = library.func('ZSTD_findFrameCompressedSize', 'size_t', from)
  /** Whoever has the context has the memory that it is in. */
  const create = (init: typeof initCompressor): { readonly context: unknown; readonly memory: Buffer } => {
    const memory = Buffer.allocUnsafeSlow(workspaceBytes)
    const context: unknown = init(memory, memory.length)
    if (context === null) throw new Error('zstd: no context')
    return { context, memory }
  }
  return {
    createCompressor(parameters) {
      const compressor = create(initCompressor)
      for (const [key, value] of Object.entries(parameters)) {
        const result = Number(setParameter(compressor.context, Number(key), value))
        if (result >= errorFrom) throw new RangeError(`zstd: ${value} for parameter ${key}`)
      }
      return (plain, packed) => {
        const result = Number(compress(compressor.context, packed, packed.length, plain, plain.length))
        if (result >= errorFrom) throw new Error('zstd: cannot be compressed')
        return result
      }
    },
    createDecompressor() {
      const decompressor = create(initDecompressor)
      return (packed, plain) => {
        const wholeBytes = Number(frameBytes(packed, packed.length))
        if (wholeBytes >= errorFrom) throw new Error('zstd: damaged or cut short')
        if (wholeBytes < packed.length) throw new Error('zstd: something follows the frame')
        const result = Number(decompress(decompressor.context, plain, plain.length, packed, packed.length))
        if (result >= errorFrom) throw new Error('zstd: damaged, or longer than it should be')
        return result
      }
    },
  }
}
