import { expect, test } from 'vitest'
import { channel } from '../../../src-shared/model/channel.ts'
import { channelOf, draftOf, newDraft, withSecurity } from './channel-draft.ts'

const id = '00000000-0000-4000-8000-000000000001'
const mail = { kind: 'email', host: 'mail.example', from: 'nas@example.org', to: ['joe@example.org'] } as const

test.each([
  { ...mail, port: 25, security: 'none' },
  { ...mail, user: 'joe' },
  { kind: 'webhook', url: 'https://hooks.example/a' },
  { kind: 'ntfy', url: 'https://ntfy.example/backups' },
  { kind: 'healthchecks', url: 'https://hc.example/ping/1' },
])('a channel comes back from the editor as it was: $kind', (target) => {
  const saved = channel.parse({ id, name: 'Phone', target, occasions: ['report'], planIds: [id] })
  expect(channelOf(draftOf(saved))).toEqual(saved)
})

test('a draft is no channel until everything it needs is there', () => {
  expect(channelOf(newDraft)).toBeUndefined()
  expect(channelOf({ ...newDraft, kind: 'webhook', url: 'ftp://example.org' })).toBeUndefined()
  expect(channelOf({ ...newDraft, ...mail, to: ['not an address'] })).toBeUndefined()
  expect(channelOf({ ...newDraft, ...mail, port: '' })).toBeUndefined()
})

test('a channel without a name is called after its place, and no plan chosen means every plan', () => {
  expect(channelOf({ ...newDraft, ...mail })).toMatchObject({ name: 'joe@example.org' })
  expect(channelOf({ ...newDraft, ...mail })).not.toHaveProperty('planIds')
  expect(channelOf({ ...newDraft, kind: 'ntfy', url: 'https://ntfy.example/x' })).toMatchObject({
    name: 'ntfy.example',
  })
})

test('the port follows the encryption unless somebody chose it', () => {
  expect(withSecurity(newDraft, 'tls').port).toBe(465)
  expect(withSecurity({ ...newDraft, port: 2525 }, 'tls').port).toBe(2525)
})
