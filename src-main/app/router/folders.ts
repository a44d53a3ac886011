import { excludePresets } from '../../../src-shared/model/exclude-presets.ts'
import { judgeFreeze } from '../../sources/freeze/judge-freeze.ts'
import { openSurveyTools } from '../../sources/freeze/snapshot-providers.ts'
import type { Services } from '../services/services.ts'
import { guarded, type Implementer, signalOf } from './implementer.ts'

export function foldersRouter(os: Implementer, { folders, host, bugs }: Services) {
  return {
    list: os.folders.list.handler(({ input }) =>
      folders.list({ path: input.path, root: input.root, rules: input.rules, filesToo: input.filesToo }),
    ),
    suggestions: os.folders.suggestions.handler(() => folders.suggestions()),
    measure: os.folders.measure.handler(({ input, signal }) =>
      guarded(folders.measure(input.path, input.rules, signalOf(signal)), bugs),
    ),
    snapshotChances: os.folders.snapshotChances.handler(({ input }) => judgeFreeze(input, openSurveyTools())),
    presets: os.folders.presets.handler(() =>
      excludePresets.map(({ id, title, description, patterns }) => ({
        id,
        title,
        description,
        patterns: [...patterns],
      })),
    ),
    pick: os.folders.pick.handler(async ({ input }) => {
      const path = await host.pickFolder?.(input.title)
      return path === undefined ? {} : { path }
    }),
    create: os.folders.create.handler(({ input }) => folders.create(input.parent, input.name)),
  }
}
