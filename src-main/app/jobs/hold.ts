/** 0 goes on, 1 stands still. Shared between the app's thread and that of a job. */
type HoldFlag = Int32Array

/** A flag for one job; its buffer goes into the thread with the order. */
export function createHold(): HoldFlag {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
}

/** Asks the thread to stand still as soon as it hears a message. */
export function holdStill(flag: HoldFlag): void {
  Atomics.store(flag, 0, 1)
}

/** Lets the thread go on where it stood. Harmless when it does not stand. */
export function letGo(flag: HoldFlag): void {
  Atomics.store(flag, 0, 0)
  Atomics.notify(flag, 0)
}

export function isHeld(flag: HoldFlag): boolean {
  return Atomics.load(flag, 0) === 1
}

/**
 * Stands still here for as long as the flag says so. It blocks the whole thread, timers and connections with it, so that
 * whatever kind of job it is reads, writes and sends nothing; only threads of jobs may call it.
 */
export function waitWhileHeld(flag: HoldFlag): void {
  while (isHeld(flag)) Atomics.wait(flag, 0, 1)
}
