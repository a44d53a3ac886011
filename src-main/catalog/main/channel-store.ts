import type { Database } from 'better-sqlite3'
import { type Channel, type ChannelId, channel } from '../../../src-shared/model/channel.ts'
import { fromJson, toJson } from '../database/json-column.ts'

export interface ChannelReader {
  list(): readonly Channel[]
}

export interface ChannelWriter extends ChannelReader {
  put(channel: Channel): void
  remove(id: ChannelId): void
}

export function createChannelStore(db: Database): ChannelWriter {
  const all = db.prepare<[], string>('SELECT value FROM channel ORDER BY id').pluck()
  const write = db.prepare('INSERT INTO channel VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value')
  const remove = db.prepare('DELETE FROM channel WHERE id = ?')
  return {
    list: () => all.all().map((text) => fromJson(channel, text, 'A channel')),
    put: (value) => void write.run(value.id, toJson(channel, value)),
    remove: (id) => void remove.run(id),
  }
}
