import type { PanelLoop, ToPanel } from '../../protocol/webview.ts';
import type { Loops } from '../loops.ts';
import { loopState, taskTitle } from '../words.ts';
import { loopPatch, panelLoop } from './panel-loop.ts';

/** At most ten messages a second. */
const COALESCE_MS = 100;

export interface PanelChannel {
  /** The panel said hello, is shown again or shows another loop: it needs everything. */
  snapshot(): void;
  dispose(): void;
}

export interface ChannelOptions {
  readonly loops: Loops;
  readonly trusted: () => boolean;
  /** Of the loop that is shown; null for the empty panel. */
  readonly taskId: () => string | null;
  /** A hidden panel gets nothing; when it is shown again it says hello. */
  readonly visible: () => boolean;
  readonly post: (message: ToPanel) => void;
}

export function createPanelChannel(options: ChannelOptions): PanelChannel {
  const { loops, post } = options;
  let seq = 0;
  let sent: PanelLoop | null = null;
  let greeted = false;
  let pending: NodeJS.Timeout | undefined;

  const current = () => {
    const taskId = options.taskId();
    return taskId === null ? null : loops.view(taskId);
  };

  function snapshot(): void {
    greeted = true;
    const view = current();
    sent = view && panelLoop(view);
    seq += 1;
    const others = loops
      .views()
      .filter((each) => each.taskId !== view?.taskId)
      .map((each) => ({ taskId: each.taskId, title: taskTitle(each), state: loopState(each) }));
    post({ type: 'snapshot', seq, trusted: options.trusted(), loop: sent, others });
  }

  function update(): void {
    pending = undefined;
    if (!greeted || !options.visible()) return;
    const view = current();
    if (!view || !sent) return snapshot();
    const next = panelLoop(view);
    const patch = loopPatch(sent, next);
    if (!patch) return;
    sent = next;
    seq += 1;
    post({ type: 'delta', seq, patch });
  }

  const listening = loops.onChange(() => {
    pending ??= setTimeout(update, COALESCE_MS);
  });
  return {
    snapshot,
    dispose: () => {
      clearTimeout(pending);
      listening.dispose();
    },
  };
}
