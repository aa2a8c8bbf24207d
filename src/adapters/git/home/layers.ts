import type { Integration, StackedLayer } from '../../../ports/home-git.ts';
import type { HomeContext } from './context.ts';

/**
 * Once several loops landed in one step, each gets a record of its own, so that they can be undone one by one, the
 * newest first. Can be run again after it was cut off: the ids follow from that of the step.
 */
export async function splitLayers(
  { records }: HomeContext,
  landed: Integration,
): Promise<readonly Integration[]> {
  const integrations = (landed.layers ?? []).map((layer, at, all) => layerOf(landed, layer, { at, all }));
  for (const integration of integrations) await records.write(integration);
  await records.remove(landed.id);
  return integrations;
}

function layerOf(
  landed: Integration,
  { taskId, commit, tip }: StackedLayer,
  { at, all }: { readonly at: number; readonly all: readonly StackedLayer[] },
): Integration {
  const below = all[at - 1]?.tip ?? null;
  const { checkout, ref, rescued } = landed;
  return {
    ...landed,
    id: `${landed.id}${at.toString(16).padStart(2, '0')}`,
    taskId,
    commit,
    state: 'done',
    ref: ref && { name: ref.name, from: below ?? ref.from, to: tip },
    checkout: checkout && { ...checkout, before: below ?? checkout.before, after: tip },
    // What gave way comes back when the first of them is taken away.
    rescued: at === 0 ? rescued : null,
    layers: null,
  };
}
