import { expect } from 'vitest'
import type { RawReply } from './raw-client.fixture.ts'

/** Status and text of a reply, which have the same type whether it went well or not (spec pbs §1.4). */
export async function refusal(reply: Promise<RawReply>): Promise<string> {
  const { status, text, headers } = await reply
  expect(headers['content-type']).toBe('application/json;charset=UTF-8')
  return `${status} ${text}`
}
