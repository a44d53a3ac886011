import { Option } from 'commander'
import { fileSystemSnapshot } from '../../../../src-shared/model/source.ts'

/** As in the plan editor: whether folders are read from a snapshot of their file system. */
export function fileSystemSnapshotOption(): Option {
  return new Option(
    '--file-system-snapshot <when>',
    'read folders from a snapshot of their file system (Btrfs), so that all files are of one moment',
  )
    .choices(fileSystemSnapshot.options)
    .default('off')
}
