import { oc } from '@orpc/contract'
import { z } from 'zod'
import { channel, channelId, channelState } from '../model/channel.ts'
import { raises } from './raises.ts'

const secret = z.string().max(4096).optional()

/** Where Holdfast tells a person what happened, besides the desktop. */
export const channelsContract = {
  list: oc.output(z.array(channelState)),
  /** An absent secret keeps the one there is; an empty one removes it. */
  save: oc
    .input(z.object({ channel: channel.partial({ id: true }), secret }))
    .output(channelState)
    .errors(raises('input/invalid')),
  remove: oc.input(z.object({ id: channelId })).output(z.void()),
  /** Sends a message now, saved or not. Throws what went wrong in the words of the other side. */
  test: oc
    .input(z.object({ channel: channel.partial({ id: true }), secret }))
    .output(z.void())
    .errors(raises('channel/failed')),
}
