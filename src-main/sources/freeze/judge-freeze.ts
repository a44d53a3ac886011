import type { SnapshotChance } from '../../../src-shared/contract/folders.ts'
import type { FoldersSource } from '../../../src-shared/model/source.ts'
import { enteredGrounds, type Survey } from './plan-freeze.ts'
import { type SurveyTools, surveyFolder } from './survey-folder.ts'

/** More than anybody reads: the folders themselves come first. */
const most = 100

/** What can be held still of these folders, as things are. A folder that is not there has no line. */
export function judgeFreeze(source: FoldersSource, tools: SurveyTools): SnapshotChance[] {
  const surveys = source.paths.flatMap((path): Survey[] => {
    try {
      return [surveyFolder(path, source, tools)]
    } catch {
      return []
    }
  })
  const wish = { oneFileSystem: source.oneFileSystem, failed: new Map<string, string>() }
  const lines = surveys.flatMap((survey) =>
    enteredGrounds(survey, wish).map(({ at, path, fileSystem, located }) => ({
      path: at === '' ? survey.folder : path,
      fileSystem: tools.providers.find((provider) => provider.fileSystem === fileSystem)?.title ?? fileSystem,
      state: located.state,
      isFolder: at === '',
    })),
  )
  return lines
    .sort((a, b) => Number(b.isFolder) - Number(a.isFolder))
    .slice(0, most)
    .map(({ isFolder: _, ...line }) => line)
}
