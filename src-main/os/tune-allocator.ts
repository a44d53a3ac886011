import koffi from 'koffi'

/** malloc.h of glibc. */
const mmapThreshold = -3
const arenaMax = -8

const largeBytes = 256 << 10
const arenas = 2

/**
 * Has glibc give the memory of freed chunks back. By itself it keeps blocks of up to 32 MiB in one heap for each thread,
 * which takes 50 to 150 MiB more at the peak of a backup. To be called once, before threads are started. Returns whether
 * there was anything to tune: other C libraries, and Electron's own allocator, do not need it.
 */
export function tuneAllocator(): boolean {
  if (process.platform !== 'linux') return false
  try {
    const mallopt = koffi.load(null).func('mallopt', 'int', ['int', 'int'])
    const results: unknown[] = [mallopt(mmapThreshold, largeBytes), mallopt(arenaMax, arenas)]
    return results.every((result) => result === 1)
  } catch {
    return false
  }
}
