import type { TestServer } from './mariadb-server.fixture.ts'

/**
 * Writes without a pause, in steps whose outcome depends on nothing but their number: what a restored server holds is
 * compared with a twin on which the same steps were done.
 */
export interface WriteLoad {
  /** After it, nothing is written any more. */
  stop(): Promise<void>
}

/** Rows of 1 KiB; the load changes, adds and removes others. */
export async function createLoadTables(server: TestServer, mebibytes: number): Promise<void> {
  await server.query(setUp('shop', mebibytes * 1024))
  await server.query(`CREATE TABLE shop.control (stop INT) ENGINE=InnoDB; INSERT INTO shop.control VALUES (0);`)
  await server.query(`DELIMITER //
    CREATE PROCEDURE shop.work() BEGIN
      DECLARE n INT DEFAULT (SELECT COALESCE(MAX(id), 0) FROM shop.ledger);
      UPDATE shop.control SET stop = 0;
      WHILE (SELECT stop FROM shop.control) = 0 DO
        SET n = n + 1;
        START TRANSACTION;
        INSERT INTO shop.ledger VALUES (n);
        ${step('shop', 'n')}
        COMMIT;
        IF n MOD 20 = 0 THEN DO SLEEP(0.01); END IF;
      END WHILE;
    END //`)
}

export function startWriteLoad(server: TestServer): WriteLoad {
  const working = server.query('CALL shop.work();')
  working.catch(() => {}) // thrown by stop
  return {
    async stop() {
      await server.query('UPDATE shop.control SET stop = 1;')
      await working
    },
  }
}

/** The checksums of the tables after so many steps, made anew in a database of their own. */
export async function twinChecksums(server: TestServer, mebibytes: number, steps: number): Promise<string[]> {
  await server.query(`DROP DATABASE IF EXISTS twin; ${setUp('twin', mebibytes * 1024)}`)
  await server.query(`DELIMITER //
    CREATE PROCEDURE twin.work() BEGIN
      DECLARE n INT DEFAULT 0;
      START TRANSACTION;
      WHILE n < ${steps} DO
        SET n = n + 1;
        INSERT INTO twin.ledger VALUES (n);
        ${step('twin', 'n')}
      END WHILE;
      COMMIT;
    END //`)
  await server.query('CALL twin.work();')
  const rows = await server.query(`CHECKSUM TABLE ${loadTables.map((name) => `twin.${name}`).join(', ')};`)
  await server.query('DROP DATABASE twin;')
  return rows.map(([, sum = '']) => sum)
}

export const loadTables = ['ledger', 'orders', 'parts'] as const

function setUp(database: string, rows: number): string {
  return `CREATE DATABASE ${database};
    CREATE TABLE ${database}.ledger (id INT PRIMARY KEY);
    CREATE TABLE ${database}.orders (id INT PRIMARY KEY, note VARCHAR(1200), total INT DEFAULT 0, KEY (total));
    CREATE TABLE ${database}.parts (id INT PRIMARY KEY, body TEXT) ROW_FORMAT=DYNAMIC
      PARTITION BY HASH (id) PARTITIONS 3;
    USE ${database};
    INSERT INTO orders (id, note) SELECT seq, REPEAT(MD5(seq), 30) FROM seq_1_to_${rows};`
}

function step(database: string, n: string): string {
  return `UPDATE ${database}.orders SET total = total + ${n} WHERE id = ${n} * 7919 MOD 1000 + 1;
    INSERT INTO ${database}.parts VALUES (${n}, REPEAT(SHA1(${n}), 10));
    DELETE FROM ${database}.parts WHERE id = ${n} - 100;`
}
