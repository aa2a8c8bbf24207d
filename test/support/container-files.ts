import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { create } from 'tar';

export interface MadeImage {
  readonly from: string;
  readonly repo: string;
  /** Holds what the image has more, below the names that it has there. */
  readonly folder: string;
  readonly names: readonly string[];
  /** Lines of a Dockerfile. */
  readonly changes?: readonly string[];
  readonly stopSignal?: string;
}

/** An image `REPO:test` with more files than the one it is made from. */
export async function makeImage(
  docker: Docker,
  { from, repo, folder, names, changes = [], stopSignal }: MadeImage,
): Promise<string> {
  const container = await docker.createContainer({
    Image: from,
    Cmd: ['true'],
    ...(stopSignal === undefined ? {} : { StopSignal: stopSignal }),
  });
  try {
    const files = Readable.from(create({ cwd: folder, portable: true }, [...names]));
    await container.putArchive(files, { path: '/' });
    await container.commit({
      repo,
      tag: 'test',
      ...(changes.length === 0 ? {} : { changes: changes.join('\n') }),
    });
  } finally {
    await container.remove();
  }
  return `${repo}:test`;
}
