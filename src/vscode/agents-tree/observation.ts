import type * as vscode from 'vscode';
import type { Disposable } from '../../base/emitter.ts';
import type { Loops } from '../loops.ts';
import { isActive } from '../words.ts';

/** While the view can be seen, what agents have changed so far is kept fresh in the loops that run. */
export function observeWhileVisible(loops: Loops, view: vscode.TreeView<unknown>): Disposable {
  const observed = new Map<string, Disposable>();
  const sync = async (): Promise<void> => {
    const wanted = new Set(
      view.visible
        ? loops
            .views()
            .filter(isActive)
            .map(({ taskId }) => taskId)
        : [],
    );
    for (const [taskId, observing] of observed) {
      if (wanted.has(taskId)) continue;
      observing.dispose();
      observed.delete(taskId);
    }
    const missing = Array.from(wanted).filter((taskId) => !observed.has(taskId));
    if (missing.length === 0 || loops.state !== 'ready') return;
    const service = await loops.service();
    if (!service.ok) return;
    for (const taskId of missing) {
      if (!observed.has(taskId)) observed.set(taskId, service.value.observe(taskId));
    }
  };
  const listening = [loops.onChange(() => void sync()), view.onDidChangeVisibility(() => void sync())];
  void sync();
  return {
    dispose() {
      for (const each of [...listening, ...observed.values()]) each.dispose();
    },
  };
}
