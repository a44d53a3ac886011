import { z } from 'zod'

/** What the preload of the desktop shell tells of a drop, since a page does not learn where files lie. */
export const dropMessage = z.object({ type: z.literal('holdfast:dropped'), paths: z.array(z.string().min(1)).max(64) })
