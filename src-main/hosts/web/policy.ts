/** Stands in the built page wherever a nonce belongs; the host puts a fresh one in on every load. */
const NONCE_PLACEHOLDER = '__CSP_NONCE__'

/**
 * The page may load from its own origin only, and run only scripts that came with it (style S6). Mantine writes style
 * elements, which carry the nonce of this load. Images from `blob:` are previews the page made itself.
 */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "media-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** What every answer carries, page or not. */
export const commonHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const

/** The built page with this load's nonce in place of the placeholder. */
export function withNonce(page: string, nonce: string): string {
  return page.replaceAll(NONCE_PLACEHOLDER, nonce)
}
