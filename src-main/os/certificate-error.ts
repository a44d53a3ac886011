import { errorCode } from './system-error.ts'

/** Whether a connection failed because nobody vouches for the certificate, or because it is another host's: codes of OpenSSL and Node. */
export function isCertificateError(error: unknown): boolean {
  return /CERT|ISSUER|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(errorCode(error) ?? '')
}
