import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach } from 'vitest'
import type { AgentOptions } from '../agent/agent-options.ts'
import { startTestAgent, type TestAgent } from './agent.fixture.ts'
import { writeStubTool } from './stub-tool.fixture.ts'

export interface AgentsOfAFile {
  /** A path in the folder of the test that runs. */
  at(name: string): string
  /** An agent that ends with the test. */
  start(options?: Partial<AgentOptions>): Promise<TestAgent>
  /** The same beside a script in place of the backup tool. */
  startWithTool(script?: string, options?: Partial<AgentOptions>, version?: string): Promise<TestAgent>
}

/** Streams the file `stream` of the test's folder. */
export const goodScript = `lsn; cat "$(dirname "$0")/stream"; echo 'completed OK!' >&2`
/** What such a tool says it is when it is to make tar by itself. */
export const percona24 = 'xtrabackup version 2.4.29 based on MySQL server 5.7.44 Linux (x86_64)'

/** Waits for what comes sooner or later. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10)
}

/** A folder and agents for each test of a file. */
export function agentsOfFile(): AgentsOfAFile {
  let folder = ''
  let running: TestAgent[] = []
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hf-agent-'))
  })
  afterEach(async () => {
    for (const { agent } of running) await agent.close()
    running = []
    await rm(folder, { recursive: true, force: true })
  })
  const start = async (options: Partial<AgentOptions> = {}): Promise<TestAgent> => {
    const agent = await startTestAgent(options)
    running.push(agent)
    return agent
  }
  return {
    at: (name) => path.join(folder, name),
    start,
    async startWithTool(script = goodScript, options = {}, version = undefined) {
      const { path: tool } = await writeStubTool(folder, script, version)
      return start({ tool, ...options })
    },
  }
}
