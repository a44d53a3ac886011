import type { Database } from 'better-sqlite3'
import { type Settings, settings as settingsModel } from '../../../src-shared/model/settings.ts'
import { fromJson, toJson } from '../database/json-column.ts'

export interface SettingsReader {
  /** The defaults where nothing was chosen yet. */
  get(): Settings
}

export interface SettingsWriter extends SettingsReader {
  set(settings: Settings): void
}

export function createSettingsStore(db: Database): SettingsWriter {
  const read = db.prepare<[], string>('SELECT value FROM settings WHERE only = 1').pluck()
  const write = db.prepare('INSERT INTO settings VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET value = excluded.value')
  return {
    get: () => fromJson(settingsModel, read.get() ?? '{}', 'The settings'),
    set: (settings) => void write.run(toJson(settingsModel, settings)),
  }
}
