import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * A port for a program that has to be told one before it listens. It lies below those that systems hand out by themselves, so
 * that no connection of a test beside this one takes it in the meantime.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(15_000, 30_000)
    if (await isFree(port)) return port
  }
  throw new Error('no port is free')
}

function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
