import type { MysqlSource } from '../../../src-shared/model/mysql-source.ts'
import { t } from '../../i18n/translate.ts'
import { joinNames } from '../../ui/words.ts'

/** What a person still has to say; finer rules are the schema's. */
export function mysqlProblem({ connection }: MysqlSource): string | undefined {
  if (connection.via !== 'local') return connection.host === '' ? t('databases.needHost') : undefined
  return connection.user === '' ? t('databases.needUser') : undefined
}

/** Two lines for the summary. */
export function mysqlWords({ connection, databases }: MysqlSource): { readonly title: string; readonly text: string } {
  const where = connection.via === 'local' ? (connection.socket ?? connection.host ?? '') : connection.host
  return {
    title: where === '' ? t('databases.saidServerHere') : t('databases.saidServer', { where }),
    text:
      databases.length === 0 ? t('databases.saidAll') : t('databases.saidSome', { names: joinNames([...databases]) }),
  }
}
