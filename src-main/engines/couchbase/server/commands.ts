import { opcode } from '../wire/opcode.ts'
import type { Command } from './command.ts'
import { getFileFragment } from './get-file-fragment.ts'
import * as session from './session-commands.ts'
import * as snapshot from './snapshot-commands.ts'
import { stat } from './stat.ts'

/** What is served, by opcode. QUIT is the connection's own. */
export const commands: ReadonlyMap<number, Command> = new Map<number, Command>([
  [opcode.noop, session.noop],
  [opcode.stat, stat],
  [opcode.hello, session.hello],
  [opcode.saslListMechs, session.saslListMechs],
  [opcode.saslAuth, session.saslAuth],
  [opcode.saslStep, session.saslStep],
  [opcode.setVbucket, snapshot.setVbucket],
  [opcode.getAllVbSeqnos, snapshot.getAllVbSeqnos],
  [opcode.selectBucket, session.selectBucket],
  [opcode.getClusterConfig, session.getClusterConfig],
  [opcode.seqnoPersistence, snapshot.seqnoPersistence],
  [opcode.prepareSnapshot, snapshot.prepareSnapshot],
  [opcode.releaseSnapshot, snapshot.releaseSnapshot],
  [opcode.downloadSnapshot, snapshot.downloadSnapshot],
  [opcode.getFileFragment, getFileFragment],
  [opcode.getErrorMap, session.getErrorMap],
])
