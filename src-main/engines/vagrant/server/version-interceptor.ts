import type { Interceptor } from '@connectrpc/connect'
import {
  apiHeader,
  entrypointHeader,
  negotiateVersion,
  requiredHeader,
  type VersionRange,
} from '../wire/protocol-version.ts'
import { isVagrantService, negotiatedVersion } from './call-context.ts'

export interface SpokenVersions {
  readonly api: VersionRange
  readonly entrypoint: VersionRange
}

/** The rules of section 4.2; `undefined` where nothing is negotiated. Throws INVALID_ARGUMENT. */
export function negotiateCall(
  service: string,
  method: string,
  headers: Headers,
  spoken: SpokenVersions,
): number | undefined {
  if (!isVagrantService(service) || method === 'GetVersionInfo') return undefined
  const isEntrypoint = method.startsWith('Entrypoint')
  const client = requiredHeader(headers, isEntrypoint ? entrypointHeader : apiHeader)
  return negotiateVersion(client, isEntrypoint ? spoken.entrypoint : spoken.api)
}

export function versionInterceptor(spoken: SpokenVersions): Interceptor {
  return (next) => async (request) => {
    const version = negotiateCall(request.service.typeName, request.method.name, request.header, spoken)
    request.contextValues.set(negotiatedVersion, version)
    return await next(request)
  }
}
