import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { createModelServer } from './model-server.ts';

it.skipIf(process.platform === 'win32')(
  'removes the folder of a process that was killed, and leaves those of living ones',
  async () => {
    const base = await mkdtemp(join(tmpdir(), 'cfn-base-'));
    const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(gone, 'exit');
    const dead = `cfn-models-${gone.pid}-abc`;
    const alive = `cfn-models-${process.ppid}-abc`;
    for (const name of [dead, alive, 'cfn-models-', 'other']) await mkdir(join(base, name));
    vi.stubEnv('TMPDIR', base);
    const unused = () => Promise.reject(new Error('nobody asks'));
    const server = createModelServer({ list: unused, open: unused });
    try {
      await server.admit(null);
      const left = await readdir(base);
      expect(left.filter((name) => !name.startsWith(`cfn-models-${process.pid}-`)).sort()).toEqual(
        ['cfn-models-', alive, 'other'].sort(),
      );
      expect(left.length).toBe(4);
    } finally {
      await server.dispose();
      vi.unstubAllEnvs();
    }
    expect((await readdir(base)).length).toBe(3);
    await rm(base, { recursive: true });
  },
);
