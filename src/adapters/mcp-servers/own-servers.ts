import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import { NO_OWN_SERVERS, parseOwnServers, type OwnMcpServers } from '../../protocol/mcp-servers.ts';

/** `mcp-servers.json` beside a person's settings; a repository has no such file. */
export async function readOwnServers(configFolder: string): Promise<Result<OwnMcpServers, string>> {
  const file = join(configFolder, 'mcp-servers.json');
  try {
    return parseOwnServers(file, await readFile(file, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? ok(NO_OWN_SERVERS)
      : err(`${file} could not be read (${code}); make it readable or remove it.`);
  }
}
