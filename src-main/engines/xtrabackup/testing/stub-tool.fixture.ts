import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { BackupTool } from '../tool/backup-tool.ts'

/** A shell script in place of the backup tool; `lsn` in it writes the checkpoints that a tool leaves. */
export async function writeStubTool(
  folder: string,
  script: string,
  version = 'mariadb-backup based on MariaDB server 10.11.19-MariaDB stub',
): Promise<BackupTool> {
  const file = path.join(folder, 'stub-tool')
  await writeFile(
    file,
    `#!/bin/sh
case "$1" in --version) echo '${version}'; exit 0;; esac
for arg in "$@"; do case "$arg" in --extra-lsndir=*) dir="\${arg#--extra-lsndir=}";; esac; done
lsn() {
  printf 'backup_type = full-backuped\\nfrom_lsn = %s\\nto_lsn = %s\\nlast_lsn = %s\\n' "\${1:-0}" "\${2:-20}" "\${3:-30}" > "$dir/xtrabackup_checkpoints"
  printf 'tool_name = stub\\nserver_version = 10.11.19-MariaDB\\npartial = N\\nincremental = N\\n' > "$dir/xtrabackup_info"
}
${script}
`,
  )
  await chmod(file, 0o755)
  return { path: file, family: 'mariadb', version: '10.11.19-MariaDB', canTar: false }
}
