/** A ready-made list of exclude patterns (spec pbs §9.2), to tick in a plan. */
export interface ExcludePreset {
  /** Stored in plans: never changes its meaning. */
  readonly id: string
  readonly title: string
  /** What is left out, and why that is safe. */
  readonly description: string
  readonly patterns: readonly string[]
}

export const excludePresets: readonly ExcludePreset[] = [
  {
    id: 'caches',
    title: 'Application caches',
    description: 'Folders that applications fill again by themselves.',
    patterns: [
      '.cache/',
      'Library/Caches/',
      'AppData/Local/Temp/',
      'AppData/Local/Microsoft/Windows/INetCache/',
      '.thumbnails/',
    ],
  },
  {
    id: 'browsers',
    title: 'Browser caches',
    description: 'Pages and scripts that browsers keep; bookmarks and passwords stay in the backup.',
    patterns: [
      '.mozilla/firefox/*/cache2/',
      '.mozilla/firefox/*/startupCache/',
      'Firefox/Profiles/*/cache2/',
      'google-chrome/**/Cache/',
      'google-chrome/**/Code Cache/',
      'google-chrome/**/GPUCache/',
      'chromium/**/Cache/',
      'chromium/**/Code Cache/',
      'chromium/**/GPUCache/',
      'Service Worker/CacheStorage/',
    ],
  },
  {
    id: 'temporary',
    title: 'Temporary files',
    description: 'What editors and programs leave behind while they work.',
    patterns: [
      '*.tmp',
      '*.temp',
      '*.swp',
      '*.swo',
      '*~',
      '.~lock.*#',
      '~$*',
      '*.part',
      '*.crdownload',
      '.DS_Store',
      'Thumbs.db',
      'desktop.ini',
    ],
  },
  {
    id: 'system-temporary',
    title: 'Temporary folders of the system',
    description: 'For a backup of the whole computer: folders that are emptied at the next start, and swap space.',
    patterns: [
      '/tmp/*',
      '/var/tmp/*',
      '/var/cache/*',
      '/run/*',
      '/swapfile',
      '/swap.img',
      '/pagefile.sys',
      '/hiberfil.sys',
      '/swapfile.sys',
    ],
  },
  {
    id: 'trash',
    title: 'Trash',
    description: 'Files that were thrown away.',
    patterns: ['.local/share/Trash/', '.Trash/', '.Trash-[0-9]*/', '.Trashes/', '$RECYCLE.BIN/'],
  },
  {
    id: 'developer',
    title: 'Developer: what a build makes again',
    description: 'Installed dependencies and results of builds in projects. Sources and locked versions stay.',
    patterns: [
      'node_modules/',
      '__pycache__/',
      '*.pyc',
      '.venv/',
      '.tox/',
      '.pytest_cache/',
      '.mypy_cache/',
      '.ruff_cache/',
      '.gradle/caches/',
      '.terraform/',
      '.next/cache/',
      '.nuxt/',
      '.turbo/',
      '.parcel-cache/',
      'target/debug/',
      'target/release/',
      'cmake-build-*/',
    ],
  },
  {
    id: 'packages',
    title: 'Downloads of package managers',
    description: 'Packages that can be fetched again.',
    patterns: [
      '.npm/_cacache/',
      '.yarn/cache/',
      '.pnpm-store/',
      '.local/share/pnpm/store/',
      '.m2/repository/',
      '.cargo/registry/',
      '.cargo/git/',
      'go/pkg/mod/',
      '.nuget/packages/',
      '.composer/cache/',
      '.gem/specs/',
      '/var/cache/apt/archives/*.deb',
      '/var/lib/flatpak/repo/',
      '/var/lib/snapd/cache/',
    ],
  },
  {
    id: 'virtual-disks',
    title: 'Virtual disks and containers',
    description: 'Large images that change as a whole. Back virtual machines up by their own means.',
    patterns: [
      '*.vdi',
      '*.vmdk',
      '*.vhd',
      '*.vhdx',
      '*.qcow2',
      '*.iso',
      '.vagrant.d/boxes/',
      '/var/lib/docker/',
      '/var/lib/containers/storage/',
      '.local/share/containers/storage/',
      'Docker.raw',
    ],
  },
  {
    id: 'games',
    title: 'Games',
    description: 'Installed games that the store downloads again; saved games that lie elsewhere stay.',
    patterns: ['steamapps/common/', 'steamapps/downloading/', 'steamapps/shadercache/', 'Epic Games/*/'],
  },
]

/** Patterns of the presets with these ids, in the order of the list. Ids of presets that are gone are passed over. */
export function presetPatterns(ids: readonly string[]): string[] {
  return excludePresets.filter(({ id }) => ids.includes(id)).flatMap(({ patterns }) => patterns)
}
