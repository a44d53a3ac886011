import type { Database } from 'better-sqlite3'
import { type ConfigVar, ConfigVarSchema, ProjectSchema, TargetSchema } from '../generated/server_pb.js'
import { storedBytes, storedMessage, storedMessages } from '../storage/stored-message.ts'
import { ChangeSignal } from '../wire/change-signal.ts'
import { failure } from '../wire/failure.ts'
import type { VariableScope, VariableTable } from './record-store.ts'

interface Place {
  readonly scope: 'basis' | 'project' | 'target' | 'runner-any' | 'runner-id'
  /** Empty for `runner-any`. */
  readonly id: string
}

export function createVariableTable(db: Database): VariableTable {
  const upsert = db.prepare('INSERT OR REPLACE INTO variable (scope, scope_id, name, message) VALUES (?, ?, ?, ?)')
  const remove = db.prepare('DELETE FROM variable WHERE scope = ? AND scope_id = ? AND name = ?')
  const inPlace = db.prepare('SELECT message FROM variable WHERE scope = ? AND scope_id = ?').pluck()
  const projectById = db.prepare('SELECT message FROM project WHERE id = ?').pluck()
  const targetById = db.prepare('SELECT message FROM target WHERE id = ?').pluck()
  const changes = new ChangeSignal()

  const setAll = db.transaction((variables: readonly ConfigVar[]) => {
    for (const variable of variables) {
      const { scope, id } = placeOf(variable)
      if (variable.name === '') throw failure('invalid-argument', 'a variable needs a name')
      if (variable.value === '') remove.run(scope, id, variable.name)
      else upsert.run(scope, id, variable.name, storedBytes(ConfigVarSchema, variable))
    }
  })

  /** From the outermost to the innermost. */
  function placesOf(scope: VariableScope): Place[] {
    if (scope.kind === 'runner') {
      return [
        { scope: 'runner-any', id: '' },
        { scope: 'runner-id', id: scope.runnerId },
      ]
    }
    const own: Place = { scope: scope.kind, id: scope.resourceId }
    if (scope.kind === 'basis') return [own]
    if (scope.kind === 'project') {
      const project = storedMessage(ProjectSchema, projectById.get(scope.resourceId))
      return [{ scope: 'basis', id: project?.basis?.resourceId ?? '' }, own]
    }
    const target = storedMessage(TargetSchema, targetById.get(scope.resourceId))
    return [...placesOf({ kind: 'project', resourceId: target?.project?.resourceId ?? '' }), own]
  }

  return {
    set(variables) {
      setAll(variables)
      changes.notify()
    },
    get(scope, prefix = '') {
      const merged = new Map<string, ConfigVar>()
      for (const place of placesOf(scope)) {
        for (const variable of storedMessages(ConfigVarSchema, inPlace.all(place.scope, place.id))) {
          if (variable.name.startsWith(prefix)) merged.set(variable.name, variable)
        }
      }
      return [...merged.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
    },
    changed: (version, signal) => changes.changed(version, signal),
    version: () => changes.version,
  }
}

export function placeOf({ scope }: ConfigVar): Place {
  switch (scope.case) {
    case 'basis':
    case 'project':
    case 'target':
      return { scope: scope.case, id: scope.value.resourceId }
    case 'runner': {
      const { target } = scope.value
      if (target.case === 'id') return { scope: 'runner-id', id: target.value.id }
      if (target.case === 'any') return { scope: 'runner-any', id: '' }
    }
  }
  throw failure('failed-precondition', 'a variable needs a scope')
}
