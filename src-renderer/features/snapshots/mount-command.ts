import type { AppInfo } from '../../../src-shared/contract/app.ts'

/** What mounts a WebDAV share with nothing but what the system brings along. */
export function mountCommand(address: string, platform: AppInfo['platform']): string {
  switch (platform) {
    case 'linux':
      return `gio mount ${address.replace(/^http:/, 'dav:')}`
    case 'macos':
      return `open ${address}`
    case 'windows':
      return `net use * ${address}`
  }
}
