import type { Duplex } from 'node:stream'
import { type AuthId, formatAuthId } from '../../wire/names.ts'
import type { Clock } from '../clock.ts'
import type { ServerEvent } from './server-event.ts'

/** Somebody who has said who they are and is connected now. */
export interface ClientConnection {
  /** Of this server since its start; never used twice. */
  readonly id: string
  readonly address: string
  /** The last one, when several use a connection. */
  readonly user: string
  /** Unix milliseconds. */
  readonly since: number
  /** A backup and a reader keep their connection; `api` is anything else. */
  readonly protocol: 'api' | 'backup' | 'reader'
  /** What a backup or reader is about, such as `tank:host/elsa`; empty otherwise. */
  readonly target: string
  /** With everything around them, so a little more than the data. */
  readonly receivedBytes: number
  readonly sentBytes: number
}

/** What the calls on a connection tell about it. */
export interface ConnectionHandle {
  /** One of the two protocols begins. */
  began(protocol: 'backup' | 'reader', target: string): void
  /** So many bytes of a backup have been stored. */
  uploaded(bytes: number): void
}

export interface ConnectionRegistryOptions {
  readonly clock: Clock
  readonly onEvent: (event: ServerEvent) => void
}

/** A network socket, as far as it matters here. */
export type ClientSocket = Duplex & { readonly bytesRead?: number; readonly bytesWritten?: number }

interface Entry {
  readonly id: string
  readonly socket: ClientSocket
  readonly address: string
  readonly since: number
  user: string
  protocol: ClientConnection['protocol']
  target: string
}

/** Who is connected. Whoever has not logged in is not listed: scanners would be most of it. */
export class ConnectionRegistry {
  readonly #options: ConnectionRegistryOptions
  readonly #entries = new Map<Duplex, Entry>()
  #count = 0

  constructor(options: ConnectionRegistryOptions) {
    this.#options = options
  }

  list(): readonly ClientConnection[] {
    return [...this.#entries.values()].map(snapshot)
  }

  /** At every call that was authenticated. */
  seen(socket: ClientSocket, { user, address }: { readonly user: AuthId; readonly address: string }): ConnectionHandle {
    const name = formatAuthId(user)
    let entry = this.#entries.get(socket)
    if (entry === undefined) {
      entry = this.#add(socket, { user: name, address })
    } else if (entry.user !== name) {
      entry.user = name
      this.#tell('changed', entry)
    }
    return this.#handleOf(entry)
  }

  #handleOf(entry: Entry): ConnectionHandle {
    return {
      began: (protocol, target) => {
        entry.protocol = protocol
        entry.target = target
        this.#tell('changed', entry)
      },
      uploaded: (bytes) => this.#options.onEvent({ type: 'uploaded', connectionId: entry.id, bytes }),
    }
  }

  #add(socket: ClientSocket, { user, address }: { readonly user: string; readonly address: string }): Entry {
    const since = this.#options.clock.now()
    const entry: Entry = { id: String(++this.#count), socket, address, since, user, protocol: 'api', target: '' }
    // A client that was gone before its password was checked has no `close` to come.
    if (socket.destroyed) return entry
    this.#entries.set(socket, entry)
    socket.once('close', () => {
      this.#entries.delete(socket)
      this.#tell('disconnected', entry)
    })
    this.#tell('connected', entry)
    return entry
  }

  #tell(type: 'connected' | 'changed' | 'disconnected', entry: Entry): void {
    this.#options.onEvent({ type, connection: snapshot(entry) })
  }
}

function snapshot({ socket, ...entry }: Entry): ClientConnection {
  return { ...entry, receivedBytes: socket.bytesRead ?? 0, sentBytes: socket.bytesWritten ?? 0 }
}
