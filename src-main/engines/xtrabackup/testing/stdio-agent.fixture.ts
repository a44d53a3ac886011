import { Duplex } from 'node:stream'
import { createXtrabackupAgent } from '../agent/create-agent.ts'

/** An agent on standard input and output, as it runs at the far end of ssh. */
const agent = await createXtrabackupAgent({ connection: { user: 'nobody' } })
await agent.serve(Duplex.from({ readable: process.stdin, writable: process.stdout }), 'stdio')
await agent.close()
