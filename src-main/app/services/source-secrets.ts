import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type SecretId, secretId } from '../../../src-shared/model/ids.ts'
import type { SecretStore } from '../host.ts'

const fieldsModel = z.record(z.string(), z.string())
type Fields = Readonly<Record<string, string>>

/** Passwords of databases and servers that are backed up: in the secret store, never in plan, job or catalog. */
export class SourceSecrets {
  readonly #store: SecretStore

  constructor(store: SecretStore) {
    this.#store = store
  }

  /** Throws `secret/unavailable` where there is nothing under the id. */
  async get(id: SecretId): Promise<Fields> {
    const text = await this.#store.get(secretName(id))
    if (text === undefined) {
      throw new HoldfastError('secret/unavailable', {
        detail: 'The password of this source is not on this computer.',
        hint: 'Open the plan and type it again.',
      })
    }
    return fieldsModel.parse(JSON.parse(text))
  }

  /** Replaces the fields that are named; an empty text removes one. */
  async put(id: SecretId | undefined, fields: Fields): Promise<SecretId> {
    const before = id === undefined ? {} : await this.get(id).catch(() => ({}))
    const kept = Object.fromEntries(Object.entries({ ...before, ...fields }).filter(([, value]) => value !== ''))
    const name = id ?? secretId.parse(randomUUID())
    await this.#store.set(secretName(name), JSON.stringify(kept))
    return name
  }

  delete(id: SecretId): Promise<void> {
    return this.#store.delete(secretName(id))
  }
}

function secretName(id: SecretId): string {
  return `source/${id}`
}
