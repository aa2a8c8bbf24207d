import type { StoreGlance } from '../../app/keys/store-glance.ts';
import type { Loops } from '../loops.ts';
import { storeRows, type StoreRow } from './store-rows.ts';

const LOOK_MS = 5000;
const DEADLINE_MS = 4000;

export interface StoreWatch {
  readonly rows: readonly StoreRow[];
  /** Nothing is looked at while nobody sees it. */
  setVisible(visible: boolean): void;
  dispose(): void;
}

/** Looks at the store every few seconds; `tell` is called when its rows are others than before. */
export function createStoreWatch(
  loops: Loops,
  tell: () => void,
  failed: (error: unknown) => void,
): StoreWatch {
  let rows: readonly StoreRow[] = [];
  let shown = '';
  let glance: StoreGlance | null = null;
  let timer: NodeJS.Timeout | undefined;
  let looking = false;

  async function open(): Promise<StoreGlance | null> {
    const { folder } = loops;
    if (loops.state !== 'ready' || !folder) return null;
    const opened = await (await loops.core()).glanceAtStore(folder.fsPath);
    return opened.ok ? opened.value : null;
  }

  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      glance ??= await open();
      const summary = await glance?.look(AbortSignal.timeout(DEADLINE_MS));
      if (!summary) return;
      rows = storeRows(summary, Date.now());
      const text = JSON.stringify(rows);
      if (text !== shown) tell();
      shown = text;
    } finally {
      looking = false;
    }
  }

  return {
    get rows() {
      return rows;
    },
    setVisible: (visible) => {
      clearInterval(timer);
      if (!visible) return;
      const again = () => void look().catch(failed);
      timer = setInterval(again, LOOK_MS);
      again();
    },
    dispose: () => clearInterval(timer),
  };
}
