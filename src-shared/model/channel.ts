import { z } from 'zod'
import { planId, timestamp } from './ids.ts'

export const channelId = z.uuid().brand<'ChannelId'>()
export type ChannelId = z.infer<typeof channelId>

/** What a person may want to hear of. */
export const occasion = z.enum(['failure', 'warning', 'success', 'overdue', 'anomaly', 'report'])
export type Occasion = z.infer<typeof occasion>

const webAddress = z.url({ protocol: /^https?$/ }).max(2048)

/** How a message travels. Passwords and tokens are not in it: they lie in the secret store. */
export const channelTarget = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('email'),
    host: z.string().trim().min(1).max(255),
    port: z.number().int().min(1).max(65_535).default(587),
    /** `tls` from the first byte, `starttls` always asked for, `none` only on networks one trusts. */
    security: z.enum(['tls', 'starttls', 'none']).default('starttls'),
    user: z.string().max(320).optional(),
    from: z.email().max(320),
    to: z.array(z.email().max(320)).min(1).max(20),
  }),
  /** A POST with the message as JSON. The secret, if any, signs it: HMAC-SHA-256 in `X-Holdfast-Signature`. */
  z.object({ kind: z.literal('webhook'), url: webAddress }),
  /** The address of a topic. The secret, if any, is an access token. */
  z.object({ kind: z.literal('ntfy'), url: webAddress }),
  /** A check of healthchecks.io or one like it: pinged when a backup starts, succeeds or fails. */
  z.object({ kind: z.literal('healthchecks'), url: webAddress }),
])
export type ChannelTarget = z.infer<typeof channelTarget>

export const channel = z.object({
  id: channelId,
  name: z.string().trim().min(1).max(100),
  isOn: z.boolean().default(true),
  target: channelTarget,
  occasions: z.array(occasion).default(['failure', 'overdue', 'anomaly']),
  /** Only what concerns these plans; absent is all of them. */
  planIds: z.array(planId).max(1000).optional(),
})
export type Channel = z.infer<typeof channel>

/** A channel with how its last message fared since Holdfast started. */
export const channelState = z.object({
  channel,
  last: z.object({ at: timestamp, isOk: z.boolean(), sentence: z.string() }).optional(),
})
export type ChannelState = z.infer<typeof channelState>
