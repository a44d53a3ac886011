import { assertNever } from '../../../src-shared/assert-never.ts'
import type { DatabaseTarget } from '../../../src-shared/model/database-restore.ts'
import { agentConnectionWords, agentUrl } from '../mysql-words.ts'
import { commandLine } from '../shell-words.ts'

/** A restore of a database server as the line that does the same. */
export function databaseCommand(snapshot: string, target: DatabaseTarget): string {
  return commandLine(['holdfast', 'database', ...words(snapshot, target)])
}

function words(snapshot: string, target: DatabaseTarget): string[] {
  switch (target.kind) {
    case 'server':
      return ['serve', snapshot]
    case 'data-folder': {
      const { owner } = target
      return ['copy', snapshot, target.path, ...(owner === undefined ? [] : ['--owner', `${owner.uid}:${owner.gid}`])]
    }
    case 'xbstream':
      return ['export', snapshot, target.path, ...(target.state === 'stored' ? ['--as-stored'] : [])]
    case 'agent': {
      const { connection } = target
      return ['send', snapshot, agentUrl(connection), ...agentConnectionWords(connection)]
    }
    case 'dump':
      return ['dump', snapshot, target.database, target.table, target.path]
    default:
      return assertNever(target)
  }
}
