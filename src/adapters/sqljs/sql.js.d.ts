// What we use of sql.js 1.16. The published types need the DOM's and allow `any`.
declare module 'sql.js' {
  type SqlValue = number | string | Uint8Array | null;

  export interface Statement {
    bind(parameters: SqlValue[] | Record<string, SqlValue>): boolean;
    step(): boolean;
    get(): SqlValue[];
    getColumnNames(): string[];
    reset(): void;
    free(): boolean;
  }

  export class Database {
    constructor(bytes?: Uint8Array | null);
    run(sql: string): Database;
    prepare(sql: string): Statement;
    export(): Uint8Array;
    close(): void;
  }

  export interface SqlJsStatic {
    Database: typeof Database;
  }

  export default function initSqlJs(): Promise<SqlJsStatic>;
}
