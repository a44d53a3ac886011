import { homedir, hostname } from 'node:os'
import type { Services } from '../services/services.ts'
import { guarded, type Implementer } from './implementer.ts'

export function appRouter(os: Implementer, services: Services) {
  const { host, catalog, changes, memory, jobs, timeZone } = services
  const pauseState = () => {
    const until = memory.pausedUntil
    return until === undefined || until <= host.clock.now() ? {} : { pausedUntil: until }
  }
  return {
    info: os.app.info.handler(() => ({
      version: host.version,
      computer: hostname(),
      platform: process.platform === 'win32' ? 'windows' : process.platform === 'darwin' ? 'macos' : 'linux',
      host: host.kind,
      dataDirectory: host.dataDirectory,
      homeDirectory: homedir(),
      timeZone,
      privileged: process.geteuid?.() === 0,
    })),
    power: os.app.power.handler(async () => {
      const { onBattery, batteryPercent, metered } = await host.power()
      const { at, problem } = services.wake.state
      return {
        onBattery,
        ...(batteryPercent === undefined ? {} : { batteryPercent }),
        ...(metered === undefined ? {} : { metered }),
        ...(at === undefined ? {} : { wake: problem === undefined ? { at } : { at, problem } }),
      }
    }),
    changes: os.app.changes.handler(({ signal }) => guarded(changes.follow(signal), services.bugs)),
    pauseState: os.app.pauseState.handler(pauseState),
    pause: os.app.pause.handler(({ input }) => {
      memory.pause(input.until)
      changes.changed('pause', 'plans')
      return pauseState()
    }),
    resume: os.app.resume.handler(() => {
      memory.pause(undefined)
      changes.changed('pause', 'plans')
      return pauseState()
    }),
    settings: os.app.settings.handler(() => catalog.settings.get()),
    saveSettings: os.app.saveSettings.handler(({ input }) => {
      catalog.settings.set(input)
      host.applySettings?.(input)
      changes.changed('settings')
      return catalog.settings.get()
    }),
    rebuildCatalog: os.app.rebuildCatalog.handler(async ({ signal }) => {
      for (const { id } of catalog.repositories.list()) await services.dropIndex(id, signal)
      return catalog.repositories
        .list()
        .map(({ id, name }) => jobs.start({ kind: 'index', repositoryId: id }, { name, repositoryId: id }))
    }),
    openLink: os.app.openLink.handler(({ input }) => host.openLink(input.name)),
  }
}
