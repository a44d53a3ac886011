import type { RecordKind, ServerRecord } from '../../../src-shared/model/known-job-server.ts'
import type { VagrantConnection } from '../../engines/vagrant/client/connect-vagrant.ts'
import { cutText } from './cut-text.ts'

/** What one text of a record may hold: nothing over a mebibyte crosses the contract (style D5), and a page has 500. */
const longestText = 300

/** What a server keeps of one kind, by name. The protocol has no pages: it comes whole, within the client's limit for a message. */
export async function listRecords(
  client: VagrantConnection['client'],
  kind: RecordKind,
  signal: AbortSignal,
): Promise<ServerRecord[]> {
  const records = await readers[kind](client, signal)
  return records
    .map(({ id, name, detail, within }) => ({
      id: cutText(id, longestText),
      name: cutText(name, longestText),
      detail: cutText(detail, longestText),
      within: cutText(within, longestText),
    }))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en') || (a.id < b.id ? -1 : 1))
}

type Reader = (client: VagrantConnection['client'], signal: AbortSignal) => Promise<ServerRecord[]>

const readers: Readonly<Record<RecordKind, Reader>> = {
  basis: async (client, signal) =>
    (await client.listBasis({}, { signal })).basis.map(({ resourceId, name, path }) => ({
      ...{ id: resourceId, name, detail: path, within: '' },
    })),
  project: async (client, signal) =>
    (await client.listProjects({}, { signal })).projects.map(({ resourceId, name, path, basis }) => ({
      ...{ id: resourceId, name, detail: path, within: basis?.name || basis?.resourceId || '' },
    })),
  target: async (client, signal) =>
    (await client.listTargets({}, { signal })).targets.map(({ resourceId, name, project }) => ({
      ...{ id: resourceId, name, detail: '', within: project?.name || project?.resourceId || '' },
    })),
  box: async (client, signal) =>
    (await client.listBoxes({}, { signal })).boxes.map(({ resourceId, name, version, provider }) => ({
      ...{ id: resourceId, name, detail: version, within: provider },
    })),
}
