import { expect, onTestFinished, test } from 'vitest'
import { connectVagrant } from '../../engines/vagrant/client/connect-vagrant.ts'
import { never, startTestServer } from '../../engines/vagrant/testing/server.fixture.ts'
import { testApp } from '../testing/test-app.ts'
import { listRecords } from './list-records.ts'

async function filled() {
  const server = await startTestServer()
  const connection = await connectVagrant({ address: `127.0.0.1:${server.port}` }, never())
  onTestFinished(() => connection.close())
  const { client } = connection
  const { basis } = await client.upsertBasis({ basis: { name: 'home', path: '/home' } })
  const { project } = await client.upsertProject({
    project: { name: 'site', path: '/srv/site', basis: { resourceId: basis?.resourceId ?? '' } },
  })
  const within = { resourceId: project?.resourceId ?? '' }
  for (const name of ['web', 'db']) await client.upsertTarget({ target: { name, project: within } })
  await client.upsertBox({ box: { name: 'debian', version: '12.1', provider: 'libvirt', directory: '/boxes/debian' } })
  return { server, client }
}

test('what a server keeps is listed by name, each with what it belongs to', async () => {
  const { client } = await filled()
  const id = expect.any(String)
  expect(await listRecords(client, 'basis', never())).toEqual([{ id, name: 'home', detail: '/home', within: '' }])
  expect(await listRecords(client, 'project', never())).toMatchObject([{ id, name: 'site', detail: '/srv/site' }])
  expect((await listRecords(client, 'target', never())).map(({ name }) => name)).toEqual(['db', 'web'])
  expect(await listRecords(client, 'box', never())).toEqual([{ id, name: 'debian', detail: '12.1', within: 'libvirt' }])
})

test('they come in pages, and long names are cut for those who look', async () => {
  const { server, client } = await filled()
  for (let i = 0; i < 30; i++)
    await client.upsertBasis({
      basis: { name: `basis ${String(i).padStart(2, '0')} ${'x'.repeat(2000)}`, path: `/${i}` },
    })
  const app = await testApp({ keepRepository: true })
  const token = server.server.tokens.login()
  const { id } = await app.client.jobServers.add({ name: 'A', address: `127.0.0.1:${server.port}`, token })
  const page = (offset: number) => app.client.jobServers.records({ id, kind: 'basis', offset, limit: 12 })
  const pages = [await page(0), await page(12), await page(24), await page(36)]
  expect(pages.map(({ records, total }) => [records.length, total])).toEqual([
    [12, 31],
    [12, 31],
    [7, 31],
    [0, 31],
  ])
  const names = pages.flatMap(({ records }) => records.map(({ name }) => name))
  expect(names).toEqual(names.toSorted())
  expect(Math.max(...names.map(({ length }) => length))).toBe(301)
})
