import { BlockList, isIP } from 'node:net'
import { HoldfastError } from '../../../../src-shared/errors.ts'

/** Without a list only this computer is let in. */
const loopback = ['127.0.0.0/8', '::1']

/** Who may connect: addresses and networks such as `10.0.0.0/8`. */
export function createAllowList(entries: readonly string[] = loopback): (address: string) => boolean {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix, ...more] = entry.split('/')
    const family = familyOf(address)
    const bits = Number(prefix ?? (family === 'ipv4' ? 32 : 128))
    if (
      family === undefined ||
      more.length > 0 ||
      !Number.isInteger(bits) ||
      bits < 0 ||
      bits > (family === 'ipv4' ? 32 : 128)
    )
      throw new HoldfastError('input/invalid', { detail: `${entry} is neither an address nor a network.` })
    list.addSubnet(address, bits, family)
  }
  return (address) => {
    // A socket that listens on IPv6 shows IPv4 callers like this.
    const plain = address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
    const family = familyOf(plain)
    return family !== undefined && list.check(plain, family)
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address)
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6'
}
