import type { FolderSpace } from '../../../src-shared/contract/space.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { t } from '../../i18n/translate.ts'
import { entryLook } from '../../ui/entry-look.ts'
import { formatBytes, formatCount, formatCounted } from '../../ui/format.ts'
import type { SpaceBy } from './SourceSpace.tsx'

export interface FolderSpaceTableProps {
  readonly space: FolderSpace
  readonly by: SpaceBy
  readonly onOpen: (path: string) => void
}

/** The figures behind the map. */
export function FolderSpaceTable({ space: { children, others }, by, onOpen }: FolderSpaceTableProps) {
  const sorted = (column: SpaceBy) => (column === by ? ('descending' as const) : undefined)
  return (
    <table className="hf-space-table">
      <thead>
        <tr>
          <th scope="col">{t('common.name')}</th>
          <th scope="col" aria-sort={sorted('bytes')}>
            {t('space.byBytes')}
          </th>
          <th scope="col" aria-sort={sorted('keptBytes')}>
            {t('space.byKeptBytes')}
          </th>
        </tr>
      </thead>
      <tbody>
        {children.map(({ path, name, isFolder, files, bytes, keptBytes }) => {
          const { icon: Icon } = entryLook(isFolder ? 'directory' : 'file', name)
          const text = displayPath(name)
          return (
            <tr key={path} title={isFolder ? `${text}, ${formatCounted(files, 'file')}` : text}>
              <th scope="row">
                <span className="hf-space-cell">
                  <Icon size={16} stroke={1.75} className="hf-3" aria-hidden />
                  {isFolder ? (
                    <button type="button" className="hf-space-name" onClick={() => onOpen(path)}>
                      {text}
                    </button>
                  ) : (
                    <span className="hf-ell">{text}</span>
                  )}
                </span>
              </th>
              <td>{files === 0 ? <span className="hf-3">{t('space.deleted')}</span> : formatBytes(bytes)}</td>
              <td>{formatBytes(keptBytes)}</td>
            </tr>
          )
        })}
        {others.count > 0 && (
          <tr>
            <th scope="row" className="hf-2">
              {t('space.moreEntries', { count: others.count, n: formatCount(others.count) })}
            </th>
            <td>{formatBytes(others.bytes)}</td>
            <td>{formatBytes(others.keptBytes)}</td>
          </tr>
        )}
      </tbody>
    </table>
  )
}
