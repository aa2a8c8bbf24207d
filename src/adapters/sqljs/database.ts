import type { Database as SqlJs, SqlJsStatic, Statement } from 'sql.js';

export type SqlParameters = readonly SqlScalar[] | Readonly<Record<string, SqlScalar>>;
export type SqlScalar = string | number | null;
export type SqlRow = Record<string, SqlScalar>;

/** A statement failed; the message is the seeds' own, followed by SQLite's reason. */
export class SqlError extends Error {
  constructor(sql: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`[ERROR] SQLite query failed: ${sql.trim()} (${reason})`, { cause });
    this.name = 'SqlError';
  }
}

/** One SQLite database in memory. Everything is synchronous, so no other use can come in between. */
export interface SqlDatabase {
  /** Runs one statement with parameters and returns its rows; throws `SqlError`. */
  execute(sql: string, parameters?: SqlParameters): readonly SqlRow[];
  /** Like `execute`, for statements that must not change anything. */
  query(sql: string, parameters?: SqlParameters): readonly SqlRow[];
  /** Runs several statements without parameters. */
  script(sql: string): void;
  /** BEGIN, `work`, COMMIT; ROLLBACK when it throws. */
  transaction<T>(work: () => T): T;
  /** The database file's bytes. Throws inside a transaction. */
  export(): Uint8Array;
  close(): void;
}

let loading: Promise<SqlJsStatic> | undefined;

/** Loads SQLite on first use. `sql-wasm.wasm` lies beside the program, or in sql.js's own folder. */
function loadSqlite(): Promise<SqlJsStatic> {
  loading ??= import('sql.js').then((module) => module.default());
  return loading;
}

/** Opens a database from a file's bytes, or an empty one; rejects when the bytes are none. */
export async function openDatabase(bytes: Uint8Array | null): Promise<SqlDatabase> {
  const sqlite = await loadSqlite();
  const database = new sqlite.Database(bytes);
  const statements = new Map<string, Statement>();
  const prepared = (sql: string): Statement => {
    const known = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  const execute = (sql: string, parameters: SqlParameters = []): readonly SqlRow[] => {
    try {
      return run(prepared(sql), parameters);
    } catch (error) {
      throw new SqlError(sql, error);
    }
  };
  const script = (sql: string): void => {
    try {
      database.run(sql);
    } catch (error) {
      throw new SqlError(sql, error);
    }
  };
  return {
    execute,
    script,
    query: (sql, parameters = []) => readOnly(database, sql, parameters),
    transaction: (work) => {
      script('BEGIN TRANSACTION');
      try {
        const result = work();
        script('COMMIT');
        return result;
      } catch (error) {
        script('ROLLBACK');
        throw error;
      }
    },
    export: () => database.export(),
    close: () => database.close(),
  };
}

function readOnly(database: SqlJs, sql: string, parameters: SqlParameters): readonly SqlRow[] {
  database.run('PRAGMA query_only = ON');
  try {
    // Not kept: people type these, so there is no end of them.
    const statement = database.prepare(sql);
    try {
      return run(statement, parameters);
    } finally {
      statement.free();
    }
  } catch (error) {
    throw new SqlError(sql, error);
  } finally {
    database.run('PRAGMA query_only = OFF');
  }
}

function run(statement: Statement, parameters: SqlParameters): readonly SqlRow[] {
  const rows: SqlRow[] = [];
  try {
    statement.bind(isList(parameters) ? [...parameters] : { ...parameters });
    const names = statement.getColumnNames();
    while (statement.step()) {
      const values = statement.get();
      rows.push(Object.fromEntries(names.map((name, index) => [name, scalar(values[index])])));
    }
    return rows;
  } finally {
    statement.reset();
  }
}

function isList(parameters: SqlParameters): parameters is readonly SqlScalar[] {
  return Array.isArray(parameters);
}

function scalar(value: string | number | Uint8Array | null | undefined): SqlScalar {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : (value ?? null);
}
