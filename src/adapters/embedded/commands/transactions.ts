import { ALL_KEYS, NO_KEYS, type Command } from '../command.ts';
import { array, error, NULL_ARRAY, OK } from '../reply.ts';

export const transactionCommands: readonly Command[] = [
  {
    name: 'multi',
    arity: 1,
    keys: NO_KEYS,
    immediate: true,
    run(_args, { session }) {
      if (session.transaction) return error('ERR MULTI calls can not be nested');
      session.transaction = { queue: [], bytes: 0, failed: false };
      return OK;
    },
  },
  {
    name: 'discard',
    arity: 1,
    keys: NO_KEYS,
    immediate: true,
    run(_args, { engine, session }) {
      if (!session.transaction) return error('ERR DISCARD without MULTI');
      session.transaction = null;
      engine.unwatch(session);
      return OK;
    },
  },
  {
    name: 'exec',
    arity: 1,
    keys: NO_KEYS,
    immediate: true,
    run(_args, { engine, session }) {
      const { transaction } = session;
      if (!transaction) return error('ERR EXEC without MULTI');
      // Looking at a watched key ends it when its time is over, which counts as a change.
      for (const key of session.watched) engine.keyspace.has(key);
      const changed = session.dirty;
      session.transaction = null;
      engine.unwatch(session);
      if (transaction.failed) return error('EXECABORT Transaction discarded because of previous errors.');
      if (changed) return NULL_ARRAY;
      session.executing = true;
      const replies = transaction.queue.map((args) => engine.execute(session, args));
      session.executing = false;
      return array(replies);
    },
  },
  {
    name: 'watch',
    arity: -2,
    keys: ALL_KEYS,
    immediate: true,
    run([, ...keys], { engine, session }) {
      if (session.transaction) return error('ERR WATCH inside MULTI is not allowed');
      for (const key of keys) engine.watch(session, key);
      return OK;
    },
  },
  {
    name: 'unwatch',
    arity: 1,
    keys: NO_KEYS,
    run(_args, { engine, session }) {
      engine.unwatch(session);
      return OK;
    },
  },
];
