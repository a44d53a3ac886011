/** Works with a signal that is aborted `ms` milliseconds after `signal`: for answers that matter also after a cancel. */
export async function outlive<Result>(
  signal: AbortSignal,
  ms: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const later = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const abort = () => {
    timer = setTimeout(() => later.abort(signal.reason), ms)
  }
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await work(later.signal)
  } finally {
    signal.removeEventListener('abort', abort)
    clearTimeout(timer)
  }
}
