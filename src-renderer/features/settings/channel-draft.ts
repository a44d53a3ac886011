import type { ZodSafeParseResult } from 'zod'
import { type Channel, type ChannelTarget, channel } from '../../../src-shared/model/channel.ts'

export type ChannelKind = ChannelTarget['kind']
/** What is saved: one without an id is new. */
const savedChannel = channel.partial({ id: true })
export type SavedChannel = ReturnType<typeof savedChannel.parse>

/** What the editor holds: the fields of every kind side by side, so that switching the kind loses nothing typed. */
export interface ChannelDraft {
  readonly id: Channel['id'] | undefined
  readonly kind: ChannelKind
  readonly name: string
  readonly isOn: boolean
  readonly host: string
  readonly port: number | string
  readonly security: 'tls' | 'starttls' | 'none'
  readonly user: string
  readonly from: string
  readonly to: readonly string[]
  readonly url: string
  readonly occasions: Channel['occasions']
  /** None is all of them. */
  readonly planIds: readonly string[]
}

export const newDraft: ChannelDraft = {
  id: undefined,
  kind: 'email',
  name: '',
  isOn: true,
  host: '',
  port: 587,
  security: 'starttls',
  user: '',
  from: '',
  to: [],
  url: '',
  occasions: ['failure', 'overdue', 'anomaly'],
  planIds: [],
}

export function draftOf({ id, name, isOn, target, occasions, planIds }: Channel): ChannelDraft {
  const { kind, ...fields } = target
  const user = 'user' in fields && fields.user !== undefined ? fields.user : ''
  return { ...newDraft, ...fields, user, id, kind, name, isOn, occasions, planIds: planIds ?? [] }
}

/** The channel the draft describes, once everything it needs is there. A name is not asked for: the place serves as one. */
export function channelOf(draft: ChannelDraft): SavedChannel | undefined {
  const { id, isOn, occasions, planIds } = draft
  const parsed: ZodSafeParseResult<SavedChannel> = savedChannel.safeParse({
    ...(id === undefined ? {} : { id }),
    name: draft.name.trim() === '' ? placeOf(draft) : draft.name,
    isOn,
    target: targetOf(draft),
    occasions,
    ...(planIds.length === 0 ? {} : { planIds }),
  })
  return parsed.success ? parsed.data : undefined
}

/** Where messages go, as a person would call it. */
export function placeOf({ kind, to, url }: ChannelDraft): string {
  if (kind === 'email') return to[0] ?? ''
  return URL.canParse(url) ? new URL(url).host : ''
}

/** Mail servers listen on these; only a port nobody changed follows the choice. */
const usualPorts = { tls: 465, starttls: 587, none: 25 } as const

export function withSecurity(draft: ChannelDraft, security: ChannelDraft['security']): ChannelDraft {
  const port = draft.port === usualPorts[draft.security] ? usualPorts[security] : draft.port
  return { ...draft, security, port }
}

function targetOf({ kind, host, port, security, user, from, to, url }: ChannelDraft): unknown {
  if (kind !== 'email') return { kind, url: url.trim() }
  return { kind, host, port, security, from: from.trim(), to, ...(user.trim() === '' ? {} : { user: user.trim() }) }
}
