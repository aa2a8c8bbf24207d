import { expect, it } from 'vitest';
import { deferred } from '../../base/deferred.ts';
import { Emitter } from '../../base/emitter.ts';
import { ok } from '../../base/result.ts';
import type { LoopView } from '../projections/loop-view.ts';
import { createCalibratedChanges } from './calibrated-changes.ts';
import { AGENTS, underWay, viewOf, world } from './test-world.ts';

it('tells of a loop once more when its outcome changed what is known of its agents', async () => {
  const loop = underWay();
  const { deps } = world({ one: loop });
  const changes = new Emitter<LoopView>();
  const told: LoopView[] = [];
  const again = deferred<void>();
  changes.event((view) => {
    told.push(view);
    if (told.length === 2) again.resolve();
  });
  const figures = createCalibratedChanges(deps, changes, () =>
    Promise.resolve(ok(figures.marked(viewOf(loop)))),
  );
  expect(await figures.calibration()).toMatchObject({ ok: true, value: [{ runs: 1, held: 0 }] });

  loop.run(AGENTS);
  figures.fire(figures.marked(viewOf(loop)));
  await again.promise;
  // What has to be looked up is not waited for.
  expect(told.map(({ agents }) => agents[0]?.calibration?.runs)).toStrictEqual([1, 2]);
});

it('says why figures cannot be had', async () => {
  const { deps } = world({});
  const broken = {
    ...deps,
    repository: { home: { integrations: () => Promise.reject(new Error('no disk')) } },
  };
  const figures = createCalibratedChanges(broken, new Emitter(), () =>
    Promise.reject(new Error('not asked')),
  );
  expect(await figures.calibration()).toMatchObject({
    ok: false,
    error: { kind: 'internal', message: expect.stringContaining('no disk') as string },
  });
});
