/** Commands that the front answers by itself: they are about connections and logins, not about keys. */
const LOCAL = new Set([
  'ping',
  'echo',
  'auth',
  'hello',
  'quit',
  'reset',
  'client',
  'info',
  'acl',
  'command',
  'select',
  'script',
  'multi',
  'discard',
  'unwatch',
  'shutdown',
  'cfn.grant',
  'cfn.revoke',
  'cfn.lease',
  'cfn.state',
  'cfn.checkpoint',
  'cfn.changes',
]);

export const isLocal = (name: string): boolean => LOCAL.has(name);
