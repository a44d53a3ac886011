import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { EncryptionKey } from '../../../src-shared/contract/keys.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type KeyId, keyId } from '../../../src-shared/model/ids.ts'
import type { KeyFacts } from '../../catalog/main/key-facts.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import {
  changePassphrase,
  createKeyFile,
  formatKeyFile,
  type KeyFile,
  openKeyFile,
  parseKeyFile,
} from '../../storage/key-file.ts'
import type { Clock } from '../clock.ts'
import type { SecretStore } from '../host.ts'
import type { KeyAccess } from '../jobs/job-order.ts'
import type { Changes } from './changes.ts'
import { areOnSheet, groupsOf, sheetText, type TypedGroup } from './recovery-sheet.ts'

export interface KeysOptions {
  readonly catalog: CatalogWriter
  readonly secrets: SecretStore
  readonly clock: Clock
  readonly changes: Changes
}

/** Encryption keys: what may be known is in the catalog, the key files are in the secret store. */
export class KeysService {
  readonly #options: KeysOptions

  constructor(options: KeysOptions) {
    this.#options = options
  }

  list(): EncryptionKey[] {
    return this.#options.catalog.keys.list().map(describe)
  }

  async create(name: string, passphrase: string | undefined): Promise<EncryptionKey> {
    const now = new Date(this.#options.clock.now())
    const { file } = await createKeyFile(passphrase === undefined ? { now } : { now, passphrase })
    return this.#store({ name }, file, passphrase)
  }

  /** Throws `key/invalid`, and `key/denied` for a wrong passphrase. A key that is known already is not added again. */
  async import(name: string, text: string, passphrase: string | undefined): Promise<EncryptionKey> {
    const file = parseKeyFile(text)
    const crypt = await openKeyFile(file, passphrase)
    const known = this.#options.catalog.keys.byFingerprint(crypt.fingerprint)
    if (known !== undefined) return describe(known)
    // Where it came from it still is: nobody is asked to write it down before they may restore with it.
    const paperAt = this.#options.clock.now()
    return this.#store({ name, paperAt }, { ...file, fingerprint: crypt.fingerprint }, passphrase)
  }

  /** A sheet that was saved before still opens with the passphrase it was saved with; it is asked for anew. */
  async changePassphrase(id: KeyId, passphrase: string | undefined): Promise<EncryptionKey> {
    const { catalog, secrets, clock, changes } = this.#options
    const { paperAt: _, ...facts } = this.#facts(id)
    const before = await this.#secret(facts)
    const options = { now: new Date(clock.now()), passphrase }
    const file = await changePassphrase(parseKeyFile(before.keyFile), before.passphrase, options)
    const next: NextSecret = { keyFile: formatKeyFile(file), ...(passphrase === undefined ? {} : { passphrase }) }
    // File and passphrase are two secrets: what is written here first makes both of them whole after a crash.
    await secrets.set(nextName(id), JSON.stringify(next))
    await this.#takeNext(id)
    const changed = { ...facts, kdf: kdfOf(file) }
    catalog.keys.put(changed)
    changes.changed('keys')
    return describe(changed)
  }

  /** The recovery sheet. `isKept`: whoever asks keeps what comes, as a terminal does, so that it counts as saved. */
  async sheet(id: KeyId, isKept: boolean): Promise<{ text: string; keyFile: string; groups: number }> {
    const facts = this.#facts(id)
    const { keyFile } = await this.#secret(facts)
    if (isKept) this.#saved(facts)
    return { keyFile, text: sheetText(facts, keyFile), groups: groupsOf(keyFile).length }
  }

  /** Counts the sheet as saved once somebody has read these groups from it. Throws `input/invalid` when one is wrong. */
  async proveSheet(id: KeyId, typed: readonly TypedGroup[]): Promise<EncryptionKey> {
    const facts = this.#facts(id)
    const { keyFile } = await this.#secret(facts)
    if (!areOnSheet(keyFile, typed)) {
      throw new HoldfastError('input/invalid', {
        detail: 'That is not what the sheet says.',
        hint: 'Capital and small letters differ. If the print cannot be read, save the sheet again.',
      })
    }
    return this.#saved(facts)
  }

  /** What a job needs of a key. Throws `key/missing` when it is not on this computer. */
  async access(id: KeyId): Promise<KeyAccess> {
    return this.#secret(this.#facts(id))
  }

  /** All keys that can be opened: older snapshots may need any of them. */
  async all(): Promise<KeyAccess[]> {
    const all: KeyAccess[] = []
    for (const facts of this.#options.catalog.keys.list()) {
      try {
        all.push(await this.#secret(facts))
      } catch (error) {
        // Reading goes on without it; what needs it says so.
        if (!(error instanceof HoldfastError)) throw error
      }
    }
    return all
  }

  #saved(facts: KeyFacts): EncryptionKey {
    const { catalog, clock, changes } = this.#options
    const saved = { ...facts, paperAt: clock.now() }
    catalog.keys.put(saved)
    changes.changed('keys')
    return describe(saved)
  }

  #facts(id: KeyId): KeyFacts {
    const facts = this.#options.catalog.keys.get(id)
    if (facts === undefined) throw new HoldfastError('key/missing')
    return facts
  }

  async #secret(facts: KeyFacts): Promise<KeyAccess> {
    await this.#takeNext(facts.id)
    const keyFile = await this.#options.secrets.get(secretName(facts.id))
    if (keyFile === undefined) {
      throw new HoldfastError('key/missing', { detail: facts.name, hint: 'Import the key from its recovery sheet.' })
    }
    const passphrase = await this.#options.secrets.get(`${secretName(facts.id)}/passphrase`)
    return { fingerprint: facts.fingerprint, keyFile, passphrase }
  }

  /** Ends a change of passphrase, this one or one that a crash cut short. */
  async #takeNext(id: KeyId): Promise<void> {
    const { secrets } = this.#options
    const text = await secrets.get(nextName(id))
    if (text === undefined) return
    const { keyFile, passphrase } = nextSecret.parse(JSON.parse(text))
    await secrets.set(secretName(id), keyFile)
    if (passphrase === undefined) await secrets.delete(`${secretName(id)}/passphrase`)
    else await secrets.set(`${secretName(id)}/passphrase`, passphrase)
    await secrets.delete(nextName(id))
  }

  async #store(
    { name, paperAt }: { readonly name: string; readonly paperAt?: number },
    file: KeyFile,
    passphrase: string | undefined,
  ): Promise<EncryptionKey> {
    const { catalog, secrets, clock, changes } = this.#options
    const facts: KeyFacts = {
      id: keyId.parse(randomUUID()),
      name,
      fingerprint: file.fingerprint ?? '',
      kdf: kdfOf(file),
      createdAt: clock.now(),
      ...(paperAt === undefined ? {} : { paperAt }),
    }
    // The secret first: facts without their key would promise what is not there.
    await secrets.set(secretName(facts.id), formatKeyFile(file))
    // Scheduled runs have nobody to ask, so the passphrase lies in the same safe; it guards the key file outside of it.
    if (passphrase !== undefined) await secrets.set(`${secretName(facts.id)}/passphrase`, passphrase)
    catalog.keys.put(facts)
    changes.changed('keys')
    return describe(facts)
  }
}

function secretName(id: KeyId): string {
  return `encryption-key/${id}`
}

const nextSecret = z.object({ keyFile: z.string(), passphrase: z.string().optional() })
type NextSecret = z.infer<typeof nextSecret>

function nextName(id: KeyId): string {
  return `${secretName(id)}/next`
}

function kdfOf({ kdf }: KeyFile): KeyFacts['kdf'] {
  if (kdf === null) return 'none'
  return 'Scrypt' in kdf ? 'scrypt' : 'pbkdf2'
}

function describe({ id, name, fingerprint, createdAt, kdf, paperAt }: KeyFacts): EncryptionKey {
  return {
    id,
    name,
    fingerprint,
    createdAt,
    hasPassphrase: kdf !== 'none',
    ...(paperAt === undefined ? {} : { sheetSavedAt: paperAt }),
  }
}
