import { createHmac } from 'node:crypto'
import type { ChannelTarget } from '../../../src-shared/model/channel.ts'
import type { Message } from './message.ts'

type WebTarget = Exclude<ChannelTarget, { kind: 'email' }>

const timeoutMs = 20_000
/** Of an answer, only so much is looked at: it may come from anybody. */
const answerCharacters = 200

/** One POST. Throws for anything but success, with the first words of the answer. */
export async function sendWeb(target: WebTarget, secret: string | undefined, message: Message): Promise<void> {
  const { url, headers, body } = request(target, secret, message)
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (response.ok) {
    await response.body?.cancel()
    return
  }
  const reader = response.body?.getReader()
  const first = await reader?.read()
  await reader?.cancel()
  const words = new TextDecoder().decode(first?.value).slice(0, answerCharacters).trim()
  throw new Error(`It answered ${response.status}${words === '' ? '' : `: ${words}`}`)
}

interface WebRequest {
  readonly url: string
  readonly headers: Record<string, string>
  readonly body: string
}

function request(target: WebTarget, secret: string | undefined, message: Message): WebRequest {
  switch (target.kind) {
    case 'webhook': {
      const body = JSON.stringify(message)
      const signed: Record<string, string> =
        secret === undefined
          ? {}
          : { 'X-Holdfast-Signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }
      return { url: target.url, headers: { 'Content-Type': 'application/json', ...signed }, body }
    }
    case 'ntfy':
      return {
        url: target.url,
        headers: {
          // Headers hold ASCII; ntfy decodes the form of RFC 2047.
          Title: `=?UTF-8?B?${Buffer.from(message.title).toString('base64')}?=`,
          Priority: isBad(message) ? 'high' : 'default',
          Tags: isBad(message) ? 'warning' : 'white_check_mark',
          ...(secret === undefined ? {} : { Authorization: `Bearer ${secret}` }),
        },
        body: `${message.body}\n${message.computer}`,
      }
    case 'healthchecks':
      return {
        url: `${target.url.replace(/\/$/, '')}${isBad(message) ? '/fail' : ''}`,
        headers: { 'Content-Type': 'text/plain; charset=utf-8' },
        body: `${message.title}\n${message.body}`,
      }
  }
}

function isBad({ occasion }: Message): boolean {
  return occasion === 'failure' || occasion === 'overdue' || occasion === 'anomaly'
}
