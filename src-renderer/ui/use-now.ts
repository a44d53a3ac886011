import { useSyncExternalStore } from 'react'

const EVERY_MS = 10_000

const listeners = new Set<() => void>()
let current = 0
let timer: ReturnType<typeof setInterval> | undefined

function tick(): void {
  current = Date.now()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(tick, EVERY_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The present moment, one clock for the whole window, moving every ten seconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => {
    if (current === 0 || timer === undefined) current = Math.floor(Date.now() / 1000) * 1000
    return current
  })
}
