/** Bytes as they arrive, pulled. */
export interface ByteInput {
  /** The next bytes, at least one; undefined at the end. They are the caller's only until the following call. */
  next(): Promise<Uint8Array | undefined>
}

export function toByteInput(source: AsyncIterable<Uint8Array>): ByteInput {
  const iterator = source[Symbol.asyncIterator]()
  return {
    async next() {
      for (;;) {
        const { done, value } = await iterator.next()
        if (done) return undefined
        if (value.length > 0) return value
      }
    },
  }
}
