import type { IndexReader } from '../../catalog/index/index-reader.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { JobStarter } from './job-starter.ts'
import type { RepositoryHub } from './repository-hub.ts'

export interface NewKeysParts {
  readonly catalog: CatalogWriter
  readonly hub: RepositoryHub
  readonly reader: IndexReader
  readonly jobs: JobStarter
}

/** Repositories are opened with the keys of their day: a new key opens them again, and what it makes readable is indexed. */
export class NewKeys {
  readonly #parts: NewKeysParts
  #known: string

  constructor(parts: NewKeysParts) {
    this.#parts = parts
    this.#known = this.#fingerprints()
  }

  async take(): Promise<void> {
    const { catalog, hub, reader, jobs } = this.#parts
    const now = this.#fingerprints()
    if (now === this.#known) return
    this.#known = now
    await hub.forgetAll()
    for (const { id, name } of catalog.repositories.list()) {
      const waiting = (await reader.snapshots({ repositoryId: id, limit: 1000 })).some(
        ({ indexed, keyFingerprint }) => !indexed && keyFingerprint !== undefined && now.includes(keyFingerprint),
      )
      if (waiting) jobs.start({ kind: 'index', repositoryId: id }, { name, repositoryId: id })
    }
  }

  #fingerprints(): string {
    return this.#parts.catalog.keys
      .list()
      .map((key) => key.fingerprint)
      .join(' ')
  }
}
