import {
  type Icon,
  IconActivity,
  IconBroadcast,
  IconCalendarRepeat,
  IconDatabase,
  IconHistory,
  IconLayoutDashboard,
  IconSettings,
} from '@tabler/icons-react'

export interface ScreenLink {
  readonly path: string
  readonly name: string
  readonly icon: Icon
  /** Second key after `g`. */
  readonly key: string
}

/** The screens of the side bar, in its order. */
export const screens: readonly ScreenLink[] = [
  { path: '/', name: 'Overview', icon: IconLayoutDashboard, key: 'o' },
  { path: '/snapshots', name: 'Snapshots', icon: IconHistory, key: 's' },
  { path: '/plans', name: 'Plans', icon: IconCalendarRepeat, key: 'p' },
  { path: '/activity', name: 'Activity', icon: IconActivity, key: 'a' },
  { path: '/repositories', name: 'Repositories', icon: IconDatabase, key: 'r' },
  { path: '/services', name: 'Services', icon: IconBroadcast, key: 'v' },
  { path: '/settings', name: 'Settings', icon: IconSettings, key: 't' },
]
