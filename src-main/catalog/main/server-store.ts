import type { Database } from 'better-sqlite3'
import { type ServerConfig, type ServerKind, serverConfig } from '../../../src-shared/model/server.ts'
import { fromJson, toJson } from '../database/json-column.ts'

export interface StoredServer {
  readonly config: ServerConfig
  readonly isOn: boolean
}

export interface ServerReader {
  /** The defaults, switched off, where nothing was chosen yet. */
  get(kind: ServerKind): StoredServer
}

export interface ServerWriter extends ServerReader {
  put(server: StoredServer): void
}

export function createServerStore(db: Database): ServerWriter {
  const read = db.prepare<[string], { is_on: number; config: string }>(
    'SELECT is_on, config FROM server WHERE kind = ?',
  )
  const write = db.prepare(
    'INSERT INTO server VALUES (?, ?, ?) ON CONFLICT (kind) DO UPDATE SET is_on = excluded.is_on, config = excluded.config',
  )
  return {
    get(kind) {
      const row = read.get(kind)
      if (row === undefined) return { config: serverConfig.parse({ kind }), isOn: false }
      return { config: fromJson(serverConfig, row.config, 'A server'), isOn: row.is_on === 1 }
    },
    put: ({ config, isOn }) => void write.run(config.kind, isOn ? 1 : 0, toJson(serverConfig, config)),
  }
}
