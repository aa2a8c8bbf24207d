import type { LoopView } from '../../app/projections/loop-view.ts';
import { coalesce } from '../../base/coalesce.ts';
import type { ToPanel } from '../../protocol/webview.ts';
import type { Loops } from '../loops.ts';
import { isActive, loopState, taskTitle } from '../words.ts';
import { drawLoop, loopDelta, type Drawn } from './panel-loop.ts';

/** At most ten messages a second. */
const COALESCE_MS = 100;
/** So that the panel knows that silence means that nothing changed. */
const ALIVE_MS = 1000;

type Snapshot = Extract<ToPanel, { type: 'snapshot' }>;

export interface PanelChannel {
  /** What a new page begins with. */
  first(): Snapshot;
  /** The panel said hello, is shown again or shows another loop: it needs everything. */
  snapshot(): void;
  dispose(): void;
}

export interface ChannelOptions {
  readonly loops: Pick<
    Loops,
    'state' | 'problem' | 'view' | 'views' | 'onChange' | 'surroundings' | 'isElsewhere'
  >;
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
  let sent: { readonly view: LoopView; readonly drawn: Drawn } | null = null;
  let greeted = false;
  let quiet = true;
  let aroundChanged = false;

  const current = () => {
    const taskId = options.taskId();
    return taskId === null ? null : loops.view(taskId);
  };
  const draw = (view: LoopView, before: Drawn | null): Drawn =>
    drawLoop(
      view,
      {
        trusted: options.trusted(),
        store: loops.surroundings.storeLost,
        elsewhere: loops.isElsewhere(view.taskId),
        survival: loops.surroundings.survival(view.taskId),
      },
      before,
    );

  function everything(): Snapshot {
    greeted = true;
    quiet = false;
    const view = current();
    sent = view && { view, drawn: draw(view, null) };
    seq += 1;
    return {
      type: 'snapshot',
      seq,
      trusted: options.trusted(),
      opening: loops.state === 'opening',
      problem: loops.problem,
      loop: sent?.drawn.loop ?? null,
      others: listed(loops.views(), view),
    };
  }
  const snapshot = () => post(everything());

  function update(): void {
    if (!greeted || !options.visible()) return;
    const view = current();
    if (!view || !sent) return snapshot();
    // Loops that are not shown change too.
    if (view === sent.view && !aroundChanged) return;
    aroundChanged = false;
    const drawn = draw(view, sent.drawn);
    const delta = loopDelta(sent.drawn, drawn);
    sent = { view, drawn };
    if (!delta) return;
    seq += 1;
    quiet = false;
    post({ type: 'delta', seq, ...delta });
  }

  const updating = coalesce(COALESCE_MS, update);
  const heartbeat = setInterval(() => {
    if (quiet && greeted && options.visible() && sent && isActive(sent.view)) post({ type: 'alive' });
    quiet = true;
  }, ALIVE_MS);
  const listening = [
    loops.onChange(updating.soon),
    loops.surroundings.onChange(() => {
      aroundChanged = true;
      updating.soon();
    }),
  ];
  return {
    first: everything,
    snapshot,
    dispose: () => {
      updating.dispose();
      clearInterval(heartbeat);
      for (const one of listening) one.dispose();
    },
  };
}

const listed = (views: readonly LoopView[], shown: LoopView | null) =>
  views
    .filter((each) => each.taskId !== shown?.taskId)
    .map((each) => ({ taskId: each.taskId, title: taskTitle(each), state: loopState(each) }));
