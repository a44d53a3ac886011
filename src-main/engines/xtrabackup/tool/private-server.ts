import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { ServerConnection } from './defaults-file.ts'
import { findProgram } from './find-program.ts'
import { type RunningProgram, spawnProgram } from './spawn-program.ts'

export interface PrivateServerOptions {
  readonly dataFolder: string
  readonly arguments: readonly string[]
  /** Recovery of a large log takes its time. */
  readonly startTimeoutMs?: number
  /** Stops the server, whenever it comes. */
  readonly signal: AbortSignal
}

/** A database server that nobody reaches but through a socket in a folder of our own. */
export interface PrivateServer {
  readonly socket: string
  readonly connection: ServerConnection
  /** The exit status once it is gone, however that came; `undefined` when a signal ended it. */
  ended(): Promise<number | undefined>
  /** Shuts it down in good order. Harmless when called twice. */
  stop(): Promise<void>
}

/** Longer names of sockets are cut off by the system, without a word. */
const socketBytesLimit = 103

/** Throws `mysql/server-failed` with the server's last lines, or `mysql/tool-missing`. */
export async function startPrivateServer(options: PrivateServerOptions): Promise<PrivateServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hf-db-'))
  const socket = path.join(folder, 'socket')
  if (Buffer.byteLength(socket) > socketBytesLimit) {
    await rm(folder, { recursive: true, force: true })
    throw new HoldfastError('mysql/server-failed', { detail: `${socket} is too long for a socket.` })
  }
  const program = spawnProgram(
    findProgram(['mariadbd', 'mysqld']),
    [
      '--no-defaults',
      // As root it wants to be told that this is meant.
      ...(process.getuid?.() === 0 ? ['--user=root'] : []),
      `--datadir=${options.dataFolder}`,
      `--socket=${socket}`,
      `--pid-file=${path.join(folder, 'pid')}`,
      '--skip-networking',
      ...options.arguments,
    ],
    { signal: options.signal },
  )
  const drained = drain(program)
  const stop = async (): Promise<void> => {
    await program.stop()
    await drained
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await waitUntilReady(program, socket, options)
  } catch (error) {
    await stop()
    throw error
  }
  return { socket, connection: { socket }, ended: () => program.ended(), stop }
}

async function drain(program: RunningProgram): Promise<void> {
  try {
    for await (const _ of program.output) {
      // It writes nothing of interest there; a full pipe would stop it.
    }
  } catch {
    // It was stopped, or never ran: `ended` says so to whoever waits.
  }
}

async function waitUntilReady(program: RunningProgram, socket: string, options: PrivateServerOptions): Promise<void> {
  const { startTimeoutMs = 120_000, signal } = options
  const failed = (how: string): HoldfastError =>
    new HoldfastError('mysql/server-failed', { detail: `${how} Its last lines:\n${program.errors.last()}` })
  let hasEnded = false
  const ended = program.ended().finally(() => {
    hasEnded = true
  })
  ended.catch(() => {}) // thrown below
  for (const until = Date.now() + startTimeoutMs; !(await greets(socket)); await sleep(50)) {
    signal.throwIfAborted()
    if (hasEnded) {
      const status = await ended
      throw failed(`It ended with status ${status ?? 'of a signal'}.`)
    }
    if (Date.now() > until) throw failed(`It was not ready after ${startTimeoutMs / 1000} s.`)
  }
}

/** A server speaks first: it is ready when its greeting comes. */
function greets(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket)
    const answer = (isReady: boolean) => (): void => {
      connection.destroy()
      resolve(isReady)
    }
    connection.setTimeout(2000, answer(false))
    connection.once('data', answer(true))
    connection.once('error', answer(false))
    connection.once('end', answer(false))
  })
}
