import type { ContainerRequest } from '../../src/ports/container-engine.ts';
import { BASE_IMAGE } from './base-image.ts';

const MB = 2 ** 20;

/** One of the base image with little of everything and nothing of this machine, for what a test adds. */
export const plainContainer = (
  wish: Partial<ContainerRequest> & Pick<ContainerRequest, 'name' | 'argv' | 'labels' | 'onOutput'>,
): ContainerRequest => ({
  image: BASE_IMAGE,
  cwd: '/workspace',
  env: { HOME: '/home/agent' },
  exchange: null,
  stdinFile: null,
  resolves: true,
  user: '1000:1000',
  mounts: [],
  tmpfs: ['/tmp', '/home/agent'],
  limits: {
    memoryBytes: 256 * MB,
    memoryReservationBytes: 64 * MB,
    cpus: 1,
    pids: 64,
    tmpfsBytes: 16 * MB,
  },
  network: 'none',
  hosts: {},
  talks: false,
  ...wish,
});
