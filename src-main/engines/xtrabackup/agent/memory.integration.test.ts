import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** In GiB; the whole 5 when somebody asks for it. */
const gibibytes = Number(process.env.HOLDFAST_MYSQL_TEST_STREAM_GIB ?? 0.25)
const members = Math.ceil((gibibytes * 1024) / 10)

test(
  `38: ${gibibytes} GiB through tool, agent, connection and reader take less than 250 MiB`,
  async () => {
    const script = fileURLToPath(new URL('../testing/memory-run.fixture.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [script, String(members)])
    const { bytes, maxRssKib } = JSON.parse(stdout) as { bytes: number; maxRssKib: number } // printed by the script
    expect(bytes).toBe(members * 10 * 1024 * 1024)
    expect(maxRssKib / 1024).toBeLessThan(250)
    console.log(`${gibibytes} GiB: ${Math.round(maxRssKib / 1024)} MiB at most`)
  },
  60_000 + gibibytes * 120_000,
)
