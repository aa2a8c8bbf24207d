/** What Node and a shell need to run at all. */
const NAMES = ['PATH', 'HOME', 'TMPDIR', 'SystemRoot', 'SYSTEMROOT', 'TEMP', 'windir', 'USERPROFILE'];

/** For our own programs that must not keep what an agent or its user may know; runs an editor as Node. */
export function bareEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const bare: NodeJS.ProcessEnv = {};
  for (const name of NAMES) if (env[name] !== undefined) bare[name] = env[name];
  if (process.versions['electron'] !== undefined) bare['ELECTRON_RUN_AS_NODE'] = '1';
  return bare;
}
