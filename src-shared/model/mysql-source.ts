import { z } from 'zod'

/** A place in a server's log: an unsigned 64-bit number, as text, since JSON has no such numbers. */
export const lsn = z.string().regex(/^(0|[1-9]\d{0,19})$/)

const port = z.number().int().min(1).max(65_535)

/** The backup program runs on this computer, which has to be the server's: it reads the server's files. */
const throughTool = z.object({
  via: z.literal('local'),
  /** Goes before host and port. */
  socket: z.string().min(1).optional(),
  host: z.string().min(1).optional(),
  port: port.optional(),
  user: z.string().min(1).max(128),
  /** mariadb-backup or xtrabackup; the first that is installed when absent. */
  toolPath: z.string().min(1).optional(),
  /** The server's own options file, where it says things that the program needs. */
  serverConfig: z.string().min(1).optional(),
})

/** An agent runs the backup program, and sends what it makes. */
const throughAgent = z.object({
  via: z.literal('agent'),
  host: z.string().min(1),
  port: port.default(25301),
  /** `clear` beyond this computer has to be meant: passwords and data could be read on the way. */
  transport: z.enum(['tls', 'clear']).default('tls'),
  /** SHA-256 of the agent's certificate, for one that nobody signed. */
  fingerprint: z
    .string()
    .regex(/^([0-9A-Fa-f]{2}:?){32}$/)
    .optional(),
  /** Absent where the agent has a login of its own. */
  user: z.string().min(1).max(128).optional(),
  compress: z.boolean().default(false),
})

/** The same agent, started for each run by ssh, which asks for nothing: it has its key and knows the host. */
const throughSsh = z.object({
  via: z.literal('ssh'),
  /** As ssh takes it: `backup@db1`, or a name of its configuration. */
  host: z.string().regex(/^[A-Za-z0-9_][\w.@:%-]*$/),
  sshPort: port.optional(),
  /** What runs the agent on its standard input and output. */
  command: z
    .array(z.string().regex(/^[\w./=:@%+,-]+$/))
    .min(1)
    .max(20)
    .default(['holdfast', 'host', 'xtrabackup-agent', '--stdio']),
  user: z.string().min(1).max(128).optional(),
  compress: z.boolean().default(false),
})

/** How a plan reaches the server. Passwords and secrets are kept apart from it (`MysqlSecrets`). */
export const mysqlConnection = z.discriminatedUnion('via', [throughTool, throughAgent, throughSsh])
/** Those that lead to an agent. */
export const agentConnection = z.discriminatedUnion('via', [throughAgent, throughSsh])
export type AgentConnection = z.infer<typeof agentConnection>

/** When a run is a full backup; all others hold only the pages that changed since the one before. */
export const incrementalPolicy = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('never') }),
  z.object({ kind: z.literal('fullEvery'), runs: z.number().int().min(2).max(1000) }),
  /** The first run of the day; 0 is Sunday. */
  z.object({ kind: z.literal('weekly'), weekday: z.number().int().min(0).max(6) }),
])
export type IncrementalPolicy = z.infer<typeof incrementalPolicy>

/** What to back up: a MySQL or MariaDB server, physically. */
export const mysqlSource = z.object({
  kind: z.literal('mysql'),
  connection: mysqlConnection,
  /** Only these; none is all. A part cannot be restored as a server, only its tables one by one. */
  databases: z
    .array(z.string().regex(/^[\w$][\w$.-]*$/))
    .max(1000)
    .default([]),
  incremental: incrementalPolicy.default({ kind: 'never' }),
  /** Absolute path; the system's temporary folder when absent. Takes as much as the backup, for a while. */
  stagingFolder: z.string().min(1).optional(),
  stagingLimitBytes: z.number().int().positive().optional(),
})
export type MysqlSource = z.infer<typeof mysqlSource>

/** Kept in the secret store, never with the plan. */
export const mysqlSecrets = z.object({
  password: z.string().optional(),
  /** What the agent and its callers share. */
  agentSecret: z.string().optional(),
})
export type MysqlSecrets = z.infer<typeof mysqlSecrets>

export const mysqlTable = z.object({
  name: z.string(),
  engine: z.string(),
  /** As the server counts it; absent where it was not asked. */
  sizeBytes: z.number().int().nonnegative().optional(),
  /** What this snapshot holds of it. */
  storedBytes: z.number().int().nonnegative(),
})
export type MysqlTable = z.infer<typeof mysqlTable>

export const mysqlDatabase = z.object({ name: z.string(), tables: z.array(mysqlTable) })
export type MysqlDatabase = z.infer<typeof mysqlDatabase>

/** What a snapshot says of itself, stored beside its tree: enough to build a chain without the catalog. */
export const mysqlFacts = z.object({
  format: z.literal(1),
  server: z.object({
    version: z.string(),
    family: z.enum(['mariadb', 'percona']),
    /** Differs between any two servers. */
    uid: z.string().optional(),
  }),
  toolVersion: z.string(),
  level: z.enum(['full', 'incremental']),
  /** 0 in a full. */
  fromLsn: lsn,
  toLsn: lsn,
  lastLsn: lsn,
  /** Of an incremental: the snapshot that it builds on, by its time in Unix seconds. */
  base: z.object({ time: z.number().int().nonnegative() }).optional(),
  /** The server's own clock and words. */
  startTime: z.string().optional(),
  endTime: z.string().optional(),
  binlog: z.object({ file: z.string(), position: lsn, gtid: z.string().optional() }).optional(),
  isPartial: z.boolean(),
  /** The databases the plan named; none is all. */
  only: z.array(z.string()),
  /** How the tool packed members by itself; such a backup has to be unpacked before it is prepared. */
  packings: z.array(z.enum(['qpress', 'lz4', 'zstd', 'encrypted'])),
  databases: z.array(mysqlDatabase),
})
export type MysqlFacts = z.infer<typeof mysqlFacts>

/** The blob in a snapshot that holds the facts; stored as `mysql.json.blob`. */
export const mysqlFactsName = 'mysql.json'
/** The tree in a snapshot. */
export const mysqlTreeName = 'mysql'
