import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SecretId } from '../../../src-shared/model/ids.ts'
import { type KnownJobServer, knownJobServer, type RunnerWish } from '../../../src-shared/model/known-job-server.ts'
import { errorCode } from '../../os/system-error.ts'
import { writeFileDurably } from '../durable-file.ts'
import type { SourceSecrets } from '../services/source-secrets.ts'

/** Job servers that a person connected to, in `job-servers.json` of the data folder; their tokens are in the secret store. */
export class KnownServers {
  readonly #path: string
  readonly #secrets: SourceSecrets

  constructor(dataDirectory: string, secrets: SourceSecrets) {
    this.#path = join(dataDirectory, 'job-servers.json')
    this.#secrets = secrets
  }

  /** Read anew each time: window and command line share the file. */
  list(): KnownJobServer[] {
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return []
      throw error
    }
    return z.array(knownJobServer).parse(JSON.parse(text))
  }

  /** Throws `input/invalid`. */
  get(id: SecretId): KnownJobServer {
    const found = this.list().find((server) => server.id === id)
    if (found === undefined) throw new HoldfastError('input/invalid', { detail: 'There is no such job server.' })
    return found
  }

  async token(id: SecretId): Promise<string> {
    return (await this.#secrets.get(id)).token ?? ''
  }

  /** One with the same address is replaced. */
  async add(server: Omit<KnownJobServer, 'id' | 'work'>, token: string): Promise<KnownJobServer> {
    const known = this.list().find(({ address }) => address === server.address)
    const id = await this.#secrets.put(known?.id, { token })
    const added = { ...server, id, ...(known?.work === undefined ? {} : { work: known.work }) }
    this.#write([...this.list().filter((other) => other.id !== id), added])
    return added
  }

  /** Throws `input/invalid`. */
  setWork(id: SecretId, wish: RunnerWish | undefined): KnownJobServer {
    const { work: _, ...server } = this.get(id)
    const changed = wish === undefined ? server : { ...server, work: wish }
    this.#write(this.list().map((one) => (one.id === id ? changed : one)))
    return changed
  }

  async remove(id: SecretId): Promise<void> {
    this.#write(this.list().filter((server) => server.id !== id))
    await this.#secrets.delete(id)
  }

  #write(servers: readonly KnownJobServer[]): void {
    writeFileDurably(this.#path, `${JSON.stringify(servers, undefined, 2)}\n`)
  }
}
