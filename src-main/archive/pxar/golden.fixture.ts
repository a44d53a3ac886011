import type { FileContent, Metadata, TreeEntry } from '../tree.ts'

/**
 * The worked example of spec pbs §7.7 and §12: archives written by the reference implementation's own encoder, and the
 * tree that is in them.
 */
export const goldenArchive: Uint8Array = Buffer.from(
  '76yI5XRkldU4AAAAAAAAAO1BAAAAAAAAAAAAAAAAAADoAwAA6AMAAADxU2UAAAAABQAAAAAAAACzFzkGIRFwFhYAAAAAAAAAYS50eHQA76yI' +
    '5XRkldU4AAAAAAAAAKSBAAAAAAAAAAAAAAAAAADoAwAA6AMAAADxU2UAAAAABQAAAAAAAAAlGnwLG3oUKBUAAAAAAAAAaGVsbG+zFzkGIRFw' +
    'FhIAAAAAAAAAYgDvrIjldGSV1TgAAAAAAAAA/6EAAAAAAAAAAAAAAAAAAOgDAADoAwAAAPFTZQAAAAAFAAAAAAAAAF/c9dvncfknFgAAAAAA' +
    'AABhLnR4dACzFzkGIRFwFhIAAAAAAAAAYwB1cr0ihJwmUR4AAAAAAAAAwwAAAAAAAABhLnR4dACzFzkGIRFwFhIAAAAAAAAAZADvrIjldGSV' +
    '1TgAAAAAAAAA7UEAAAAAAAAAAAAAAAAAAOgDAADoAwAAAPFTZQAAAAAFAAAAAAAAALMXOQYhEXAWEgAAAAAAAABlAO+siOV0ZJXVOAAAAAAA' +
    'AACkgQAAAAAAAAAAAAAAAAAA6AMAAOgDAAAA8VNlAAAAAAUAAAAAAAAAJRp8Cxt6FCgQAAAAAAAAAB1z1UKmT+wvQAAAAAAAAACZVh8u7sX8' +
    'iFoAAAAAAAAAWgAAAAAAAABVFT51W+1e75IAAAAAAAAAQAAAAAAAAAAdc9VCpk/sL4gAAAAAAAAACyLXjAqGR7EUAQAAAAAAADAAAAAAAAAA' +
    'M8foEvWjHU10AQAAAAAAAGAAAAAAAAAAcqoRtmYtOdzXAQAAAAAAAGMAAAAAAAAAw0cvvGwdtiXkAAAAAAAAAOQAAAAAAAAAVRU+dVvtXu8P' +
    'AgAAAAAAAIgAAAAAAAAA',
  'base64',
)

export const goldenMetadata: Uint8Array = Buffer.from(
  'DaQW33VsD3MYAAAAAAAAAAIAAAAAAAAAG3d7n53XCeMSAAAAAAAAAHt976yI5XRkldU4AAAAAAAAAO1BAAAAAAAAAAAAAAAAAADoAwAA6AMA' +
    'AADxU2UAAAAABQAAAAAAAACzFzkGIRFwFhYAAAAAAAAAYS50eHQA76yI5XRkldU4AAAAAAAAAKSBAAAAAAAAAAAAAAAAAADoAwAA6AMAAADx' +
    'U2UAAAAABQAAAAAAAAB+l7rEaz2dQSAAAAAAAAAAEAAAAAAAAAAFAAAAAAAAALMXOQYhEXAWEgAAAAAAAABiAO+siOV0ZJXVOAAAAAAAAAD/' +
    'oQAAAAAAAAAAAAAAAAAA6AMAAOgDAAAA8VNlAAAAAAUAAAAAAAAAX9z12+dx+ScWAAAAAAAAAGEudHh0ALMXOQYhEXAWEgAAAAAAAABjAHVy' +
    'vSKEnCZRHgAAAAAAAADOAAAAAAAAAGEudHh0ALMXOQYhEXAWEgAAAAAAAABkAO+siOV0ZJXVOAAAAAAAAADtQQAAAAAAAAAAAAAAAAAA6AMA' +
    'AOgDAAAA8VNlAAAAAAUAAAAAAAAAsxc5BiERcBYSAAAAAAAAAGUA76yI5XRkldU4AAAAAAAAAKSBAAAAAAAAAAAAAAAAAADoAwAA6AMAAADx' +
    'U2UAAAAABQAAAAAAAAB+l7rEaz2dQSAAAAAAAAAAJQAAAAAAAAAAAAAAAAAAAB1z1UKmT+wvQAAAAAAAAACZVh8u7sX8iGoAAAAAAAAAagAA' +
    'AAAAAABVFT51W+1e76IAAAAAAAAAQAAAAAAAAAAdc9VCpk/sL4gAAAAAAAAACyLXjAqGR7EkAQAAAAAAADAAAAAAAAAAM8foEvWjHU2EAQAA' +
    'AAAAAGAAAAAAAAAAcqoRtmYtOdzyAQAAAAAAAHMAAAAAAAAAw0cvvGwdtiX0AAAAAAAAAPQAAAAAAAAAVRU+dVvtXu9UAgAAAAAAAIgAAAAA' +
    'AAAA',
  'base64',
)

export const goldenPayload: Uint8Array = Buffer.from(
  '0k5KGcJoTIMQAAAAAAAAACUafAsbehQoFQAAAAAAAABoZWxsbyUafAsbehQoEAAAAAAAAAC1gUyYi7dybBAAAAAAAAAA',
  'base64',
)

export const goldenPrelude: Uint8Array = bytesOf('{}')

export const goldenMtimeNs = 1_700_000_000_000_000_005n

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function plainMetadata(permissions: number, mtimeNs: bigint = goldenMtimeNs): Metadata {
  return { permissions, uid: 1000, gid: 1000, mtimeNs, flags: 0n, xattrs: [] }
}

/** Content that comes in reads of at most `readBytes`. */
export function contentOf(bytes: Uint8Array, readBytes: number = bytes.length): FileContent {
  let at = 0
  return {
    read(into) {
      const part = bytes.subarray(at, at + Math.min(into.length, readBytes))
      into.set(part)
      at += part.length
      return part.length
    },
    close() {},
  }
}

export function fileOf(name: string, content: Uint8Array, permissions = 0o644): TreeEntry & { kind: 'file' } {
  return {
    kind: 'file',
    name: bytesOf(name),
    metadata: plainMetadata(permissions),
    sizeBytes: BigInt(content.length),
    open: () => contentOf(content),
  }
}

export function directoryOf(name: string, permissions = 0o755): TreeEntry {
  return { kind: 'directory', name: bytesOf(name), metadata: plainMetadata(permissions) }
}

export async function* goldenTree(): AsyncGenerator<TreeEntry> {
  yield directoryOf('')
  yield fileOf('a.txt', bytesOf('hello'))
  yield { kind: 'symlink', name: bytesOf('b'), metadata: plainMetadata(0o777), target: bytesOf('a.txt') }
  yield { kind: 'hardlink', name: bytesOf('c'), target: bytesOf('a.txt') }
  yield directoryOf('d')
  yield fileOf('e', bytesOf(''))
  yield { kind: 'leave' }
  yield { kind: 'leave' }
}
