import { createHash } from 'node:crypto';
import { err, ok, type Result } from '../../base/result.ts';
import type { SqlDatabase } from './database.ts';

export interface Migration {
  /** Sorts the migrations: `001-seeds`. */
  readonly version: string;
  readonly sql: string;
  readonly rollbackSql: string;
}

const TABLE = `CREATE TABLE IF NOT EXISTS migrations (
  version VARCHAR(64) PRIMARY KEY,
  applied_at DATETIME NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  rollback_sql TEXT NOT NULL
)`;

/**
 * Applies what is missing, all of it or nothing. Fails when an applied migration reads differently today, or one is
 * unknown: the database then belongs to another version of the program.
 */
export function migrate(
  database: SqlDatabase,
  migrations: readonly Migration[],
  appliedAt: string,
): Result<readonly string[], string> {
  database.script(TABLE);
  const known = new Map(migrations.map((migration) => [migration.version, checksum(migration)]));
  const applied = new Set<string>();
  for (const row of database.query('SELECT version, checksum FROM migrations')) {
    const version = String(row['version']);
    if (known.get(version) !== row['checksum']) {
      return err(`Migration ${version} of the database is not the one that this version of the program has.`);
    }
    applied.add(version);
  }
  const missing = migrations
    .filter((migration) => !applied.has(migration.version))
    .sort((a, b) => (a.version < b.version ? -1 : 1));
  database.transaction(() => {
    for (const migration of missing) {
      database.script(migration.sql);
      database.execute(
        'INSERT INTO migrations (version, applied_at, checksum, rollback_sql) VALUES (?, ?, ?, ?)',
        [migration.version, appliedAt, checksum(migration), migration.rollbackSql],
      );
    }
  });
  return ok(missing.map((migration) => migration.version));
}

/** Undoes every migration after `version`, newest first, by the text that was stored when it was applied. */
export function rollBack(database: SqlDatabase, version: string): readonly string[] {
  const later = database.query(
    'SELECT version, rollback_sql FROM migrations WHERE version > ? ORDER BY version DESC',
    [version],
  );
  database.transaction(() => {
    for (const row of later) {
      database.script(String(row['rollback_sql']));
      database.execute('DELETE FROM migrations WHERE version = ?', [row['version'] ?? null]);
    }
  });
  return later.map((row) => String(row['version']));
}

function checksum(migration: Migration): string {
  return createHash('sha256').update(migration.sql).update('\0').update(migration.rollbackSql).digest('hex');
}
