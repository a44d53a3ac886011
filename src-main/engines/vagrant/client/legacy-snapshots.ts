import type { DescMethod } from '@bufbuild/protobuf'
import { Vagrant } from '../generated/server_pb.js'
import { VagrantSnapshots } from '../generated/snapshot_service_pb.js'

/** The two snapshot methods under the path of `Vagrant`, where servers up to 2.3.6 have them (section 14.2). */
export const legacySnapshots: typeof VagrantSnapshots = withPath()

function withPath(): typeof VagrantSnapshots {
  // A descriptor is plain data apart from its prototype; the transport builds the path from `parent.typeName`.
  const parent = Object.create(VagrantSnapshots, { typeName: { value: Vagrant.typeName, enumerable: true } })
  const moved = <Method extends DescMethod>(method: Method): Method =>
    Object.create(method, { parent: { value: parent } })
  const methods = VagrantSnapshots.methods.map(moved)
  const byName = Object.fromEntries(methods.map((method) => [method.localName, method]))
  Object.defineProperties(parent, { methods: { value: methods }, method: { value: byName } })
  return parent
}
