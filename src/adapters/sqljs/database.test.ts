import { describe, expect, it } from 'vitest';
import { openDatabase } from './database.ts';
import { migrate, rollBack } from './migrate.ts';
import { MIGRATIONS } from './schema.ts';

async function seeded() {
  const database = await openDatabase(null);
  migrate(database, MIGRATIONS, '2026-11-21T00:00:00Z');
  return database;
}

const columns = async (table: string): Promise<readonly string[]> =>
  (await seeded()).query(`PRAGMA table_info(${table})`).map((row) => `${row['name']} ${row['type']}`);

describe('the database', () => {
  it('[SI-054] names the statement that failed', async () => {
    const database = await openDatabase(null);
    expect(() => database.execute('SELECT * FROM nowhere')).toThrow(
      /^\[ERROR\] SQLite query failed: SELECT \* FROM nowhere \(no such table: nowhere\)$/,
    );
  });

  it('[SI-055] [DP-100] applies a batch as one transaction, all of it or nothing', async () => {
    const database = await seeded();
    const batch = (name: string | null) => () => {
      database.execute("INSERT INTO skills (name, content_hash) VALUES ('routing', 'aa')");
      database.execute("INSERT INTO approval_history (skill_id, decision) VALUES (1, 'APPROVED')");
      database.execute('UPDATE skills SET name = ? WHERE id = 1', [name]);
    };
    expect(() => database.transaction(batch(null))).toThrow(/NOT NULL/);
    expect(database.query('SELECT * FROM skills')).toEqual([]);
    expect(database.query('SELECT * FROM approval_history')).toEqual([]);
    database.transaction(batch('cost-routing'));
    expect(database.query('SELECT name FROM skills')).toEqual([{ name: 'cost-routing' }]);
  });

  it('keeps queries from changing anything', async () => {
    const database = await seeded();
    expect(() => database.query("INSERT INTO skills (name) VALUES ('x')")).toThrow(/readonly/);
    expect(() => database.query('DROP TABLE skills')).toThrow(/readonly/);
    database.execute("INSERT INTO skills (name) VALUES ('x')");
    expect(database.query('SELECT count(*) AS n FROM skills')).toEqual([{ n: 1 }]);
  });

  it('goes on after it was exported', async () => {
    const database = await seeded();
    database.execute('INSERT INTO skills (name) VALUES (?)', ['one']);
    const copy = await openDatabase(database.export());
    database.execute('INSERT INTO skills (name) VALUES (?)', ['two']);
    expect(copy.query('SELECT name FROM skills')).toEqual([{ name: 'one' }]);
    expect(database.query('SELECT count(*) AS n FROM skills')).toEqual([{ n: 2 }]);
  });
});

describe('the tables of the seeds', () => {
  it('[SI-051] has skills', async () => {
    expect(await columns('skills')).toEqual([
      'id INTEGER',
      'name VARCHAR(255)',
      'content_hash VARCHAR(64)',
      'content_path VARCHAR(512)',
      'created_at DATETIME',
      'updated_at DATETIME',
    ]);
  });

  it('[SI-052] has approval_history', async () => {
    expect(await columns('approval_history')).toEqual([
      'id INTEGER',
      'skill_id INTEGER',
      'agent_id VARCHAR(255)',
      'decision VARCHAR(20)',
      'confidence REAL',
      'metadata TEXT',
      'created_at DATETIME',
    ]);
  });

  it('[SI-053] has audit_logs and migrations', async () => {
    expect(await columns('audit_logs')).toContain('operation TEXT');
    expect(await columns('migrations')).toEqual([
      'version VARCHAR(64)',
      'applied_at DATETIME',
      'checksum VARCHAR(64)',
      'rollback_sql TEXT',
    ]);
  });
});

describe('migrations', () => {
  const quoted = {
    version: '003-quotes',
    sql: "CREATE TABLE notes (text TEXT DEFAULT 'it''s; done');",
    rollbackSql: "DROP TABLE notes; -- it's gone",
  };

  it('[DP-007] [SI-056] [X-17] are applied once, stored with checksum and rollback text, quotes and all', async () => {
    const database = await seeded();
    const all = [...MIGRATIONS, quoted];
    expect(migrate(database, all, '2026-11-21T00:00:00Z')).toEqual({ ok: true, value: ['003-quotes'] });
    expect(migrate(database, all, '2026-11-22T00:00:00Z')).toEqual({ ok: true, value: [] });
    const [row] = database.query("SELECT * FROM migrations WHERE version = '003-quotes'");
    expect(row).toMatchObject({ applied_at: '2026-11-21T00:00:00Z', rollback_sql: quoted.rollbackSql });
    expect(row?.['checksum']).toMatch(/^[0-9a-f]{64}$/);
    expect(rollBack(database, '002-loops')).toEqual(['003-quotes']);
    expect(() => database.query('SELECT * FROM notes')).toThrow(/no such table/);
    expect(rollBack(database, '')).toEqual(['002-loops', '001-seeds']);
    const left = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    expect(database.query(left)).toEqual([{ name: 'migrations' }]);
  });

  it('[X-17] leave nothing behind when one of them fails', async () => {
    const database = await openDatabase(null);
    const broken = { version: '004', sql: 'CREATE TABLE half (id); CREATE TABL', rollbackSql: '' };
    expect(() => migrate(database, [...MIGRATIONS, broken], '')).toThrow(/CREATE TABL/);
    expect(database.query("SELECT name FROM sqlite_master WHERE name IN ('half', 'skills')")).toEqual([]);
    expect(database.query('SELECT * FROM migrations')).toEqual([]);
  });

  it('that were changed after they were applied, or come from a later version, are refused', async () => {
    const database = await seeded();
    const [first, second] = MIGRATIONS;
    const changed = [{ ...first!, sql: `${first!.sql} ` }, second!];
    expect(migrate(database, changed, '')).toMatchObject({ ok: false, error: /001-seeds/ });
    expect(migrate(database, [first!], '')).toMatchObject({ ok: false, error: /002-loops/ });
  });
});
