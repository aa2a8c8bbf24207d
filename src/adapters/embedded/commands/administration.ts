import { checkId } from '../../../base/ids.ts';
import { NO_KEYS, type Command } from '../command.ts';
import { bulk, bulks, error, integer, OK } from '../reply.ts';
import { nameOf } from '../users.ts';

export const administrationCommands: readonly Command[] = [
  {
    // Answers the task's password, the same one until it is revoked.
    name: 'cfn.grant',
    arity: 2,
    keys: NO_KEYS,
    access: 'admin',
    run([, taskId = ''], { engine }) {
      const id = checkId('task id', taskId);
      return id.ok ? bulk(engine.users.grant(taskId)) : error(`ERR ${id.error}`);
    },
  },
  {
    name: 'cfn.revoke',
    arity: 2,
    keys: NO_KEYS,
    access: 'admin',
    run([, taskId = ''], { engine }) {
      const known = engine.users.revoke(taskId);
      for (const session of engine.sessions.values()) {
        if (session.user?.kind === 'task' && session.user.taskId === taskId) session.close();
      }
      return integer(known ? 1 : 0);
    },
  },
  {
    // Says who uses the store through this connection. Answers the run, which is another one after a restart.
    name: 'cfn.lease',
    arity: 2,
    keys: NO_KEYS,
    run([, name = ''], { engine, session }) {
      session.lease = `${session.user ? nameOf(session.user) : ''}/${name.slice(0, 128)}`;
      return bulk(engine.runId);
    },
  },
  {
    // Whether the store serves, which keys it has kept, why it does not serve, and what is behind it.
    name: 'cfn.state',
    arity: 1,
    keys: NO_KEYS,
    run: (_args, { engine }) => bulks(['up', engine.runId, '', 'embedded']),
  },
  {
    name: 'shutdown',
    arity: -1,
    keys: NO_KEYS,
    access: 'admin',
    run(_args, { engine }) {
      engine.shutDown();
      return OK;
    },
  },
];
