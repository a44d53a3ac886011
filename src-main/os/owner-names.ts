import koffi from 'koffi'

/** Users and groups as this computer calls them. What is unknown is undefined. */
export interface OwnerNames {
  userName(uid: number): string | undefined
  groupName(gid: number): string | undefined
  userId(name: string): number | undefined
  groupId(name: string): number | undefined
}

const noOwnerNames: OwnerNames = {
  userName: () => undefined,
  groupName: () => undefined,
  userId: () => undefined,
  groupId: () => undefined,
}

/** What one record may need, with all members of a group. A larger one counts as unknown. */
const recordBytes = 1 << 18

/** pwd.h and grp.h: both begin with the name, a password and the number, on Linux and macOS alike. */
interface OwnerRecord {
  name?: string
  id?: number
}

/**
 * Asks the C library, and so whatever it asks: files, LDAP, … Each answer is kept, also that there is none. Where the
 * library has no such calls nobody has a name.
 */
export function openOwnerNames(): OwnerNames {
  if (process.platform === 'win32') return noOwnerNames
  try {
    return loadOwnerNames()
  } catch {
    return noOwnerNames
  }
}

function loadOwnerNames(): OwnerNames {
  const library = koffi.load(process.platform === 'darwin' ? 'libSystem.B.dylib' : null)
  // Without a name, since a thread may do this more than once. The rest of either record is shorter than this.
  const record = koffi.struct({ name: 'char *', password: 'char *', id: 'uint32_t', rest: koffi.array('uint8_t', 128) })
  const buffer = Buffer.allocUnsafeSlow(recordBytes)
  const bind = <Key>(name: string, key: string) => {
    const result = koffi.out(koffi.pointer('void *'))
    const call = library.func(name, 'int', [key, koffi.out(koffi.pointer(record)), 'void *', 'size_t', result])
    return (value: Key): OwnerRecord | undefined => {
      const into: OwnerRecord = {}
      const found: unknown[] = [null]
      const status: unknown = call(value, into, buffer, buffer.length, found)
      return status === 0 && found[0] !== null ? into : undefined
    }
  }
  const userById = bind<number>('getpwuid_r', 'uint32_t')
  const groupById = bind<number>('getgrgid_r', 'uint32_t')
  const userByName = bind<string>('getpwnam_r', 'str')
  const groupByName = bind<string>('getgrnam_r', 'str')
  return {
    userName: kept((uid: number) => userById(uid)?.name),
    groupName: kept((gid: number) => groupById(gid)?.name),
    userId: kept((name: string) => userByName(name)?.id),
    groupId: kept((name: string) => groupByName(name)?.id),
  }
}

function kept<Key, Value>(find: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>()
  return (key) => {
    const before = known.get(key)
    if (before !== undefined || known.has(key)) return before as Value // it has the key
    const found = find(key)
    known.set(key, found)
    return found
  }
}
