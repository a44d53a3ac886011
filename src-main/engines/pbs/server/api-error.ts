/** A refusal: the status and the plain text of the reply (spec pbs §1.4). 400 unless the spec says otherwise. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number

  constructor(text: string, status = 400, cause?: unknown) {
    super(text, { cause })
    this.status = status
  }
}

export function authenticationFailed(reason: string): ApiError {
  return new ApiError(`authentication failed - ${reason}`, 401)
}

export function permissionDenied(): ApiError {
  return new ApiError('permission check failed', 403)
}
