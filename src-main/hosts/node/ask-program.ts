import { execFile } from 'node:child_process'

/** Who answers must do so within a second, since schedules wait for it. */
const answerWithinMs = 900
const longestAnswer = 65_536

/** Runs a program of the system without a shell and gives what it printed; `undefined` when it is not there, failed or is slow. */
export type AskProgram = (program: string, args: readonly string[]) => Promise<string | undefined>

export const askProgram: AskProgram = (program, args) =>
  new Promise((resolve) => {
    execFile(
      program,
      [...args],
      { timeout: answerWithinMs, maxBuffer: longestAnswer, windowsHide: true },
      (error, stdout) => resolve(error === null ? stdout : undefined),
    )
  })
