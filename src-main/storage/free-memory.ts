/**
 * Gives memory back now, and not when a collector finds it: buffers count as much as they hold, so that a thread through which
 * blocks only pass would go through its whole heap again and again. Only for what nobody else looks at; what Node shares out in
 * small pieces is left alone.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize && byteLength > 0) buffer.transfer(0)
}
