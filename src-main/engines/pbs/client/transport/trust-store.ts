import tls, { type SecureContext } from 'node:tls'

/**
 * Whom to believe about certificates: the authorities that come with Node, those of this computer, as the original client
 * does, and `authorities` in PEM. Reading them takes some fifty milliseconds: it is done once, when first needed.
 */
export function createTrustStore(authorities: readonly string[] = []): () => SecureContext {
  let context: SecureContext | undefined
  return () => {
    if (context !== undefined) return context
    const known = [...tls.getCACertificates('default'), ...tls.getCACertificates('system'), ...authorities]
    context = tls.createSecureContext({ ca: [...new Set(known)] })
    return context
  }
}
