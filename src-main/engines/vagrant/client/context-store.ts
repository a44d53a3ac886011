import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { errorCode } from '../../../os/system-error.ts'
import { replaceFile } from '../../../storage/datastore/durable-file.ts'
import { type ContextFile, formatContext, parseContext } from './context-file.ts'

const suffix = '.hcl'
const defaultFile = `_default${suffix}`
/** A context is some lines. */
const maximumBytes = 64 * 1024

/**
 * The contexts of section 16.2: one file each, readable for its owner only. The default is a plain file with a name in it, as Vagrant
 * writes it where links are impossible; a link made by Vagrant is read through the same name.
 */
export class ContextStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Names that begin with `_` are not contexts. */
  async list(): Promise<string[]> {
    const names = await ifThere(readdir(this.#folder))
    return (names ?? [])
      .filter((name) => name.endsWith(suffix) && !name.startsWith('_'))
      .map((name) => name.slice(0, -suffix.length))
      .toSorted()
  }

  /** Throws `path/not-found`. */
  async load(name: string): Promise<ContextFile> {
    const bytes = await ifThere(readFile(this.#path(name)))
    if (bytes === undefined || bytes.length > maximumBytes)
      throw new HoldfastError('path/not-found', { detail: `There is no context ${name}.` })
    return parseContext(bytes.toString('utf8'))
  }

  /** The first one becomes the default. */
  async set(name: string, context: ContextFile): Promise<void> {
    await this.#write(this.#path(name), formatContext(context))
    if ((await this.default()) === undefined) await this.setDefault(name)
  }

  /** A missing one is fine. */
  async delete(name: string): Promise<void> {
    const isDefault = (await this.default()) === name
    await rm(this.#path(name), { force: true })
    if (isDefault) await rm(join(this.#folder, defaultFile), { force: true })
  }

  /** Overwrites; the default follows. */
  async rename(from: string, to: string): Promise<void> {
    const isDefault = (await this.default()) === from
    await rename(this.#path(from), this.#path(to))
    if (isDefault) await this.setDefault(to)
  }

  async default(): Promise<string | undefined> {
    const text = await ifThere(readFile(join(this.#folder, defaultFile), 'utf8'))
    if (text === undefined) return undefined
    const name = text.trim()
    if (isName(name)) return name
    // Made by Vagrant: a link, so what is read is the context itself. Its name is that of the equal file.
    for (const candidate of await this.list())
      if ((await readFile(this.#path(candidate), 'utf8')) === text) return candidate
    return undefined
  }

  async setDefault(name: string): Promise<void> {
    await this.#write(join(this.#folder, defaultFile), `${name}\n`)
  }

  async #write(path: string, text: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await replaceFile(path, Buffer.from(text), { mode: 0o600, isDurable: true })
  }

  #path(name: string): string {
    if (!isName(name))
      throw new HoldfastError('input/invalid', { detail: `${JSON.stringify(name)} is no name for a context.` })
    return join(this.#folder, name + suffix)
  }
}

function isName(name: string): boolean {
  return /^[^_./\\\s{][^/\\\s{]{0,99}$/.test(name)
}

async function ifThere<Value>(work: Promise<Value>): Promise<Value | undefined> {
  try {
    return await work
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
