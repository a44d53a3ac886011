import { HoldfastError } from '../../../src-shared/errors.ts'
import { archiveInSnapshot } from '../inside/archive-inside.ts'
import { compareSnapshots } from '../services/compare.ts'
import { statOnDisk, textInSnapshot, textOnDisk } from '../services/previews.ts'
import type { Services } from '../services/services.ts'
import { type Implementer, signalOf } from './implementer.ts'

export function snapshotsRouter(os: Implementer, services: Services) {
  const { snapshots, reader, content } = services
  return {
    lineages: os.snapshots.lineages.handler(() => snapshots.lineages()),
    list: os.snapshots.list.handler(({ input }) => snapshots.list(input)),
    get: os.snapshots.get.handler(({ input }) => snapshots.get(input.id)),
    browse: os.snapshots.browse.handler(({ input, signal }) =>
      snapshots.browse({ ...input, filter: input.filter }, signalOf(signal)),
    ),
    stat: os.snapshots.stat.handler(({ input, signal }) => snapshots.stat(input.id, input.path, signalOf(signal))),
    versions: os.snapshots.versions.handler(async ({ input, signal }) => {
      const versions = (await reader.versions(input.lineageId, input.path)).toReversed()
      const [newest] = await snapshots.list({ lineageId: input.lineageId, limit: 1 })
      // Where the source cannot be asked, the versions alone are worth showing.
      const disk =
        newest === undefined
          ? undefined
          : await snapshots.diskPath(newest, input.path, signalOf(signal)).catch(() => undefined)
      const onDisk = disk === undefined ? undefined : await statOnDisk(disk)
      return onDisk === undefined ? { versions } : { versions, onDisk }
    }),
    search: os.snapshots.search.handler(async ({ input }) => {
      const { text, kinds, minBytes, maxBytes, after, before, deleted, offset, limit } = input
      const within = input.snapshotId === undefined ? undefined : await snapshots.get(input.snapshotId)
      const lineageId = within?.lineageId ?? input.lineageId
      const moment = within === undefined ? undefined : within.ref.time * 1000
      const found = await reader.search({
        text,
        lineages: lineageId === undefined ? undefined : [lineageId],
        kinds,
        minBytes,
        maxBytes,
        from: moment ?? after,
        to: moment ?? before,
        deleted: deleted === 'any' ? undefined : deleted === 'only',
        offset,
        limit: Math.min(limit, 500),
      })
      const lineages = await snapshots.lineages()
      const searched = lineages.filter((lineage) => lineageId === undefined || lineage.id === lineageId)
      return {
        hits: [...found.hits],
        more: found.isTruncated || offset + found.hits.length < found.total,
        snapshots: within !== undefined ? 1 : searched.reduce((sum, lineage) => sum + lineage.snapshots, 0),
      }
    }),
    compare: os.snapshots.compare.handler(({ input, signal }) => {
      const { from, to, path, includeIdentical } = input
      return to.kind === 'disk'
        ? services.compareWithDisk({ from, path, includeIdentical }, signalOf(signal))
        : compareSnapshots(reader, { from, to: to.id, path, includeIdentical })
    }),
    manifest: os.snapshots.manifest.handler(({ input, signal }) => snapshots.manifest(input.id, signalOf(signal))),
    plan: os.snapshots.plan.handler(async ({ input, signal }) => {
      const facts = await snapshots.facts(await snapshots.get(input.id), signalOf(signal))
      return facts?.plan === undefined ? {} : { text: facts.plan }
    }),
    protect: os.snapshots.protect.handler(({ input, signal }) =>
      snapshots.protect(input.id, input.protected, signalOf(signal)),
    ),
    setNotes: os.snapshots.setNotes.handler(({ input, signal }) =>
      snapshots.setNotes(input.id, input.notes, signalOf(signal)),
    ),
    forget: os.snapshots.forget.handler(({ input }) => snapshots.forget(input.ids)),
    verify: os.snapshots.verify.handler(({ input }) => snapshots.verify(input.id)),
    contentUrl: os.snapshots.contentUrl.handler(async ({ input, signal }) => {
      if (input.path !== '') await snapshots.stat(input.id, input.path, signalOf(signal))
      else await snapshots.get(input.id)
      return content.url({ snapshotId: input.id, path: input.path, as: input.as })
    }),
    openDrive: os.snapshots.openDrive.handler(async ({ input }) => {
      const { address } = await services.drives.open(input.id)
      return { address }
    }),
    closeDrive: os.snapshots.closeDrive.handler(({ input }) => services.drives.closeDrive(input.id)),
    dragOut: os.snapshots.dragOut.handler(async ({ input, signal }) => {
      if (services.host.dragOut === undefined) {
        throw new HoldfastError('input/invalid', { detail: 'There is no desktop to drag on.' })
      }
      services.host.dragOut(await services.dragOut.take(input.id, input.entries, signalOf(signal)))
    }),
    text: os.snapshots.text.handler(({ input, signal }) => textInSnapshot(snapshots, input, signalOf(signal))),
    textOnDisk: os.snapshots.textOnDisk.handler(({ input, signal }) => textOnDisk(snapshots, input, signalOf(signal))),
    archiveInside: os.snapshots.archiveInside.handler(({ input, signal }) =>
      archiveInSnapshot(snapshots, input, signalOf(signal)),
    ),
    databaseInside: os.snapshots.databaseInside.handler(({ input, signal }) =>
      services.databasePreviews.read(input, signalOf(signal)),
    ),
  }
}
