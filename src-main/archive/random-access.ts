/** Bytes that can be read from anywhere: a file, or a stream put together from chunks. */
export interface RandomAccess {
  readonly sizeBytes: bigint
  /** Exactly `length` bytes from `offset`, fewer only at the end. The result may be a view: do not change it. */
  read(offset: bigint, length: number, signal: AbortSignal): Promise<Uint8Array>
}

/** Takes bytes in order. A returned promise is back-pressure: wait for it before the next call. */
export interface ByteSink {
  /** The bytes are the caller's again when `write` has returned, or its promise is fulfilled. Else they may be kept. */
  readonly copies?: boolean
  write(bytes: Uint8Array): void | Promise<void>
}
