import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createXtrabackupAgent } from '../agent/create-agent.ts'
import { AgentClient } from '../client/agent-client.ts'
import { copyFrom } from '../client/copy-from.ts'
import { readXbstream } from '../xbstream/xbstream-reader.ts'

/**
 * A process of its own: a tool that streams so many members of 10 MiB, an agent that serves it, a client that reads it.
 * Prints the bytes of the members and the most memory it took, in KiB.
 */
async function main(members: number): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'hf-memory-'))
  const signal = new AbortController().signal
  const tool = path.join(folder, 'tool')
  writeFileSync(tool, toolScript(members), { mode: 0o755 })
  const agent = await createXtrabackupAgent({ connection: { user: 'nobody' }, tool })
  const { port } = await agent.listen({ host: '127.0.0.1', port: 0 })
  const client = new AgentClient({ address: { kind: 'tcp', host: '127.0.0.1', port } })
  let bytes = 0
  try {
    const reply = await copyFrom(client, { level: 'full' }, signal)
    if (reply.kind !== 'stream') throw new Error('nothing was sent')
    for await (const event of readXbstream(reply.data, { signal }))
      if (event.kind === 'data') bytes += event.bytes.length
    if (reply.trailer()?.get('status') !== 'DONE') throw new Error('no trailer')
  } finally {
    await agent.close()
    rmSync(folder, { recursive: true, force: true })
  }
  console.log(JSON.stringify({ bytes, maxRssKib: process.resourceUsage().maxRSS }))
}

/** Written without our own writer, and run by the same Node. */
function toolScript(members: number): string {
  return `#!${process.execPath}
const { crc32 } = require('node:zlib'); const fs = require('node:fs')
if (process.argv[2] === '--version') { console.log('mariadb-backup based on MariaDB server 10.11.19-MariaDB stub'); process.exit(0) }
const folder = process.argv.find((word) => word.startsWith('--extra-lsndir=')).slice(15)
fs.writeFileSync(folder + '/xtrabackup_checkpoints', 'backup_type = full-backuped\\nfrom_lsn = 0\\nto_lsn = 1\\nlast_lsn = 1\\n')
fs.writeFileSync(folder + '/xtrabackup_info', 'tool_name = stub\\n')
const payload = Buffer.alloc(10 * 1024 * 1024, 'page '); const crc = crc32(payload)
const head = (type, name, room) => { const bytes = Buffer.alloc(14 + name.length + room); bytes.write('XBSTCK01', 'latin1')
  bytes[9] = type; bytes.writeUInt32LE(name.length, 10); bytes.write(name, 14); return bytes }
const write = (bytes) => { for (let at = 0; at < bytes.length; ) { try { at += fs.writeSync(1, bytes, at) } catch (error) {
  if (error.code !== 'EAGAIN') throw error; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2) } } }
for (let nth = 0; nth < ${members}; nth++) {
  const begin = head(0x50, 't' + nth, 20); begin.writeBigUInt64LE(BigInt(payload.length), begin.length - 20)
  begin.writeUInt32LE(crc, begin.length - 4); write(begin); write(payload); write(head(0x45, 't' + nth, 0)) }
fs.writeSync(2, 'completed OK!\\n')
`
}

await main(Number(process.argv[2]))
