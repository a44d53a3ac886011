import { Readable, Writable } from 'node:stream'
import { type BytePipes, nodePipes } from './byte-pipes.ts'

/**
 * Two ends of one connection in memory, as pipes of the system are: with little room, what was written stays readable when
 * the writer has gone, and who writes to a reader that has gone gets an error.
 */
export function joinedPipes(roomBytes = 65_536): readonly [BytePipes, BytePipes] {
  const [there, back] = [pipe(roomBytes), pipe(roomBytes)]
  return [nodePipes(back.readable, there.writable), nodePipes(there.readable, back.writable)]
}

function pipe(highWaterMark: number): { readonly readable: Readable; readonly writable: Writable } {
  let resume: ((error?: Error) => void) | undefined
  const go = (error?: Error): void => {
    const waiting = resume
    resume = undefined
    waiting?.(error)
  }
  const broken = (): Error => Object.assign(new Error('EPIPE: write'), { code: 'EPIPE' })
  const readable = new Readable({
    highWaterMark,
    read: () => go(),
    destroy(error, done) {
      go(broken())
      done(error)
    },
  })
  const writable = new Writable({
    highWaterMark: 1,
    write(bytes, _, done) {
      if (readable.destroyed) return done(broken())
      if (readable.push(bytes)) done()
      else resume = done
    },
    final(done) {
      readable.push(null)
      done()
    },
    destroy(error, done) {
      if (!readable.readableEnded) readable.push(null)
      done(error)
    },
  })
  return { readable, writable }
}
