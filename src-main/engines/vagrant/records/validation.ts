import { failure } from '../wire/failure.ts'

/** Names of fields as upstream's messages have them (section 6.1): clients look for them. */
type FieldName =
  | 'Basis'
  | 'Directory'
  | 'Name'
  | 'Parent'
  | 'Path'
  | 'Project'
  | 'Provider'
  | 'ResourceId'
  | 'Subtargets'
  | 'Uuid'
  | 'Version'

/** Collects what is wrong with a record, so that one answer names all of it. */
export class Validation {
  readonly #problems: string[] = []

  require(field: FieldName, value: string): void {
    if (value === '') this.add(field, 'cannot be blank')
  }

  unique(field: FieldName, isTaken: boolean): void {
    if (isTaken) this.add(field, 'must be unique')
  }

  add(field: FieldName, problem: string): void {
    this.#problems.push(`${field}: ${problem}`)
  }

  /** Throws FAILED_PRECONDITION when there is anything. */
  finish(): void {
    if (this.#problems.length > 0) throw failure('failed-precondition', `${this.#problems.join('; ')}.`)
  }
}

/** An update may name the id it has, and no other. */
export function keepsResourceId(stored: string, sent: string): void {
  if (sent === '' || sent === stored) return
  const validation = new Validation()
  validation.add('ResourceId', 'cannot be modified')
  validation.finish()
}

export function notFound(kind: string) {
  return failure('not-found', `failed to locate ${kind} (record not found)`)
}

export function parentMissing(kind: string) {
  return failure('failed-precondition', `${kind} does not include parent`)
}
