import { create } from '@bufbuild/protobuf'
import type { Job } from '../../../src-shared/model/job.ts'
import type { PlainError } from '../../../src-shared/model/plain-error.ts'
import type { Status } from '../../engines/vagrant/generated/google/rpc/status_pb.js'
import { type Job_Result, Job_ResultSchema } from '../../engines/vagrant/generated/server_pb.js'
import { failureStatus } from '../../engines/vagrant/wire/failure.ts'

/** Exit codes of the command line: done, and done with warnings. */
const exitCode = { good: 0, warnings: 3 } as const

/** What others see a job of this app by: plain words, no paths and no secrets. */
export function labelsOf({ spec, title, trigger, planId }: Job): Record<string, string> {
  return {
    'holdfast/kind': spec.kind,
    'holdfast/title': title,
    'holdfast/trigger': trigger,
    ...(planId === undefined ? {} : { 'holdfast/plan': planId }),
  }
}

export function resultOf({ warnings }: Job): Job_Result {
  return create(Job_ResultSchema, {
    run: { runResult: true, exitCode: warnings > 0 ? exitCode.warnings : exitCode.good },
  })
}

/** How a failure of the app is told over gRPC: the code a program decides by, the sentence a person reads. */
export function statusOfFailure({ code, message }: PlainError): Status {
  switch (code) {
    case 'job/cancelled':
    case 'job/expired':
      return failureStatus('cancelled', message)
    case 'job/interrupted':
      return failureStatus('aborted', message)
    default:
      return failureStatus('unknown', message)
  }
}
