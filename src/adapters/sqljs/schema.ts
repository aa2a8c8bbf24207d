import type { Migration } from './migrate.ts';

const SEEDS = `
CREATE TABLE skills (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name VARCHAR(255) UNIQUE NOT NULL,
  content_hash VARCHAR(64),
  content_path VARCHAR(512),
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE approval_history (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  skill_id INTEGER REFERENCES skills(id),
  agent_id VARCHAR(255),
  decision VARCHAR(20),
  confidence REAL,
  metadata TEXT,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE audit_logs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  operation TEXT NOT NULL,
  actor TEXT,
  correlation TEXT,
  detail TEXT,
  created_at DATETIME NOT NULL,
  archived_at DATETIME,
  UNIQUE (task_id, seq)
);
CREATE TABLE transactions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id TEXT NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  archived_at DATETIME
);
`;

const LOOPS = `
CREATE TABLE events (
  task_id TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, iteration INTEGER NOT NULL,
  at INTEGER NOT NULL, correlation TEXT, body TEXT NOT NULL,
  PRIMARY KEY (task_id, seq)
) WITHOUT ROWID;
CREATE TABLE loops (
  task_id TEXT PRIMARY KEY, description TEXT NOT NULL, mode TEXT NOT NULL, strategy TEXT, base_commit TEXT,
  gate_threshold REAL, consensus_threshold REAL, max_iterations INTEGER, iteration INTEGER NOT NULL DEFAULT 0,
  step TEXT NOT NULL DEFAULT 'prepare', waiting_for TEXT, paused INTEGER NOT NULL DEFAULT 0,
  outcome TEXT, stop_reason TEXT, branch TEXT, commit_id TEXT, merged_to_main INTEGER,
  started_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, ended_at INTEGER
);
CREATE TABLE iterations (
  task_id TEXT NOT NULL, iteration INTEGER NOT NULL, started_at INTEGER NOT NULL, start_commit TEXT,
  feedback TEXT, integrated_commit TEXT, conflicts TEXT,
  gate_passed INTEGER, gate_threshold REAL, confidence REAL, evidence TEXT, gate_reasons TEXT,
  consensus_passed INTEGER, consensus_threshold REAL, consensus_score REAL, vetoes TEXT, dissent TEXT,
  decision TEXT,
  PRIMARY KEY (task_id, iteration)
) WITHOUT ROWID;
CREATE TABLE attempts (
  task_id TEXT NOT NULL, iteration INTEGER NOT NULL, agent_id TEXT NOT NULL, attempt INTEGER NOT NULL,
  role TEXT NOT NULL, pid INTEGER, worktree TEXT, branch TEXT, folder TEXT, started_at INTEGER, ended_at INTEGER,
  ending TEXT, lingered INTEGER, exit_code INTEGER, defaulted INTEGER, confidence REAL, score REAL, decision TEXT,
  summary TEXT, failure TEXT, commit_id TEXT,
  input_tokens INTEGER, cached_input_tokens INTEGER, output_tokens INTEGER, cost_usd REAL,
  PRIMARY KEY (task_id, iteration, agent_id, attempt)
) WITHOUT ROWID;
CREATE TABLE artifacts (
  task_id TEXT NOT NULL, iteration INTEGER NOT NULL, agent_id TEXT NOT NULL, attempt INTEGER NOT NULL,
  path TEXT NOT NULL, commit_id TEXT, added INTEGER, removed INTEGER,
  PRIMARY KEY (task_id, iteration, agent_id, attempt, path)
) WITHOUT ROWID;
CREATE TABLE evidence (
  task_id TEXT NOT NULL, seq INTEGER NOT NULL, fact INTEGER NOT NULL, iteration INTEGER NOT NULL, agent_id TEXT,
  run TEXT NOT NULL, commit_id TEXT NOT NULL, command TEXT NOT NULL, status TEXT NOT NULL,
  passed INTEGER, failed INTEGER, skipped INTEGER, pass_rate REAL, baseline REAL, protected_files TEXT,
  PRIMARY KEY (task_id, seq, fact)
) WITHOUT ROWID;
CREATE TABLE votes (
  task_id TEXT NOT NULL, iteration INTEGER NOT NULL, agent_id TEXT NOT NULL, score REAL,
  PRIMARY KEY (task_id, iteration, agent_id)
) WITHOUT ROWID;
CREATE TABLE findings (
  task_id TEXT NOT NULL, seq INTEGER NOT NULL, finding INTEGER NOT NULL, iteration INTEGER NOT NULL,
  agent_id TEXT NOT NULL, severity TEXT NOT NULL, text TEXT NOT NULL, file TEXT, line INTEGER, proof TEXT,
  PRIMARY KEY (task_id, seq, finding)
) WITHOUT ROWID;
CREATE TABLE decisions (
  task_id TEXT NOT NULL, seq INTEGER NOT NULL, iteration INTEGER NOT NULL, at INTEGER NOT NULL,
  kind TEXT NOT NULL, decision TEXT NOT NULL, decided_by TEXT NOT NULL, reason TEXT, defaulted INTEGER,
  feedback TEXT, deferred TEXT,
  PRIMARY KEY (task_id, seq)
) WITHOUT ROWID;
CREATE TABLE transfer_points (
  task_id TEXT NOT NULL, seq INTEGER NOT NULL, iteration INTEGER NOT NULL, at INTEGER NOT NULL,
  point INTEGER NOT NULL, part TEXT, key TEXT NOT NULL, sha256 TEXT NOT NULL, verified INTEGER NOT NULL,
  PRIMARY KEY (task_id, seq)
) WITHOUT ROWID;
`;

const drop = (tables: readonly string[]): string => tables.map((table) => `DROP TABLE ${table};`).join('\n');

export const MIGRATIONS: readonly Migration[] = [
  {
    version: '001-seeds',
    sql: SEEDS,
    rollbackSql: drop(['transactions', 'audit_logs', 'approval_history', 'skills']),
  },
  {
    version: '002-loops',
    sql: LOOPS,
    rollbackSql: drop([
      'transfer_points',
      'decisions',
      'findings',
      'votes',
      'evidence',
      'artifacts',
      'attempts',
      'iterations',
      'loops',
      'events',
    ]),
  },
];
