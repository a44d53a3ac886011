import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Programs the tests hold Holdfast against, and the Debian package each comes from. */
const peers = {
  chromium: 'chromium',
  rsync: 'rsync',
  setfacl: 'acl',
  setfattr: 'attr',
  setcap: 'libcap2-bin',
  zstd: 'zstd',
  casync: 'casync',
  'mkfs.xfs': 'xfsprogs',
  'mkfs.btrfs': 'btrfs-progs',
  mariadbd: 'mariadb-server',
  'mariadb-install-db': 'mariadb-server',
  mariadb: 'mariadb-client',
  'mariadb-dump': 'mariadb-client',
  'mariadb-backup': 'mariadb-backup',
  mbstream: 'mariadb-backup',
  sshd: 'openssh-server',
  git: 'git',
  zbarimg: 'zbar-tools',
  'systemd-analyze': 'systemd',
  cadaver: 'cadaver',
  radosgw: 'radosgw',
  'ceph-mon': 'ceph-mon',
  'ceph-osd': 'ceph-osd',
} as const

/**
 * Installs what is missing when this is Debian and we are root; otherwise says what cannot be tested and why.
 * Returns the programs that are still missing.
 */
export function ensurePeers(): readonly string[] {
  const missing = () => Object.keys(peers).filter((program) => !isOnPath(program)) as (keyof typeof peers)[] // keys of the literal above
  const wanted = missing()
  if (wanted.length === 0) return []
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    const packages = [...new Set(wanted.map((program) => peers[program]))]
    console.log(`Installing for the tests: ${packages.join(', ')}`)
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env: environment })
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: environment,
    })
  }
  const still = missing()
  for (const program of still) {
    console.log(
      `Not on this machine: ${program} (Debian package ${peers[program]}). Tests that need it are skipped; run as root on Debian to have it installed.`,
    )
  }
  return still
}

export function isOnPath(program: string): boolean {
  return (
    spawnSync('sh', ['-c', `command -v ${program} || test -x /usr/sbin/${program} || test -x /sbin/${program}`], {
      stdio: 'ignore',
    }).status === 0
  )
}

if (import.meta.main) ensurePeers()
