// Makes a small repository with failing tests to try a loop on: node scripts/sample-repository.mts FOLDER
import { resolve } from 'node:path';
import { createSampleRepository } from '../src/adapters/demo-agent/sample-repository.ts';

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('Usage: node scripts/sample-repository.mts FOLDER\n');
  process.exitCode = 2;
} else {
  const made = await createSampleRepository(resolve(folder));
  if (made.ok) {
    process.stdout.write(`${made.value.folder}\n`);
  } else {
    process.stderr.write(`${made.error}\n`);
    process.exitCode = 2;
  }
}
