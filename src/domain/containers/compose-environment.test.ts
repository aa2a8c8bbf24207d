import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portsAt } from '../worktree/ports.ts';
import { volumeNames } from './compose.ts';
import { composeVariables, environmentFile } from './compose-environment.ts';

describe('the environment of a worktree’s services', () => {
  it('[SI-091] is the seeds’ for their example', () => {
    const text = environmentFile(
      composeVariables({
        branch: 'feature-auth',
        project: 'cfn-feature-auth',
        ports: portsAt(42),
        subnet: '10.224.42.0/24',
        mcpSubnet: '10.224.43.0/24',
        owner: 'r1',
      }),
    );
    expect(text.split('\n').slice(0, 5)).toEqual([
      'WORKTREE_BRANCH="feature-auth"',
      'COMPOSE_PROJECT_NAME="cfn-feature-auth"',
      'CFN_REDIS_PORT="6421"',
      'CFN_POSTGRES_PORT="5474"',
      'CFN_ORCHESTRATOR_PORT="3043"',
    ]);
  });

  it('[SI-094] has volumes of its own', () => {
    expect(volumeNames('cfn-feature-auth')).toEqual([
      'cfn-feature-auth_redis-data',
      'cfn-feature-auth_postgres-data',
    ]);
  });

  it.skipIf(process.platform === 'win32')('is text to a shell, whatever a branch is called', () => {
    // What git allows in a name, and what means something to a shell.
    const character = fc.constantFrom(...'ab/$`"\'();&|<>!#{}%+=,-_.éß'.split(''));
    const branch = fc.string({ unit: character, minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(branch, { minLength: 1, maxLength: 40 }), (branches) => {
        const file = environmentFile(Object.fromEntries(branches.map((one, n) => [`V${n}`, one])));
        const show = branches.map((_, n) => `"$V${n}"`).join(' ');
        const read = execFileSync('sh', ['-c', `${file}printf '%s\\n' ${show}`], { encoding: 'utf8' });
        expect(read).toBe(branches.map((one) => `${one}\n`).join(''));
      }),
      { numRuns: 40 },
    );
  });
});
