import { err } from '../../base/result.ts';
import type { HomeService } from './home-service.ts';

const refused = () =>
  Promise.resolve(err({ kind: 'state', message: 'Nothing can be brought home in this test.' } as const));

/** Refuses everything that a test does not say otherwise. */
export const createTestHome = (home: Partial<HomeService> = {}): HomeService => ({
  preview: refused,
  bring: refused,
  push: refused,
  discard: refused,
  undo: refused,
  integrations: () => Promise.resolve([]),
  resolution: refused,
  branches: refused,
  ...home,
});
