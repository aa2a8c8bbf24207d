import { Emitter, type Listen } from '../base/emitter.ts';
import type { Monitoring } from '../app/monitoring.ts';
import type { HealthSummary } from '../app/health/health-summary.ts';
import type { Logger } from '../base/logger.ts';
import type { Loops } from './loops.ts';
import { isActive } from './words.ts';

/** Often enough to be told of a lost store in time, seldom enough to cost nothing. */
const EVERY_MS = 30_000;
const LIMIT_MS = 5000;

/** The health of the window's repository, looked at while a loop is in progress. */
export interface HealthWatch {
  readonly current: HealthSummary | null;
  readonly onChange: Listen<HealthSummary>;
  set(summary: HealthSummary): void;
  dispose(): void;
}

export function createHealthWatch(loops: Loops, logger: Logger): HealthWatch {
  const changed = new Emitter<HealthSummary>();
  let current: HealthSummary | null = null;
  let looking = false;
  let opened: { readonly folder: string; readonly monitoring: Monitoring } | null = null;
  const set = (summary: HealthSummary): void => {
    const before = current;
    current = summary;
    if (before?.state === summary.state && before.message === summary.message) return;
    if (summary.state === 'degraded') logger.warn(summary.message);
    changed.fire(summary);
  };
  // Finding the repository takes several runs of git; its place does not change while it is open.
  const monitoringOf = async (folder: string): Promise<Monitoring> => {
    if (opened?.folder !== folder) {
      opened = { folder, monitoring: await (await loops.core()).monitoring(folder) };
    }
    return opened.monitoring;
  };
  const look = async (): Promise<void> => {
    const { folder } = loops;
    const inProgress = loops.views().some(isActive);
    if (looking || loops.state !== 'ready' || folder === null) return;
    // Without a loop in progress one look is enough, and a state that was told has to be taken back.
    if (!inProgress && current !== null && current.state !== 'degraded') return;
    looking = true;
    try {
      set(await (await monitoringOf(folder.fsPath)).summary(AbortSignal.timeout(LIMIT_MS)));
    } catch (error) {
      logger.debug(`The health could not be looked at: ${String(error)}`);
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), EVERY_MS);
  timer.unref();
  const listening = loops.onStoreChange(() => void look());
  return {
    get current() {
      return current;
    },
    onChange: changed.event,
    set,
    dispose: () => {
      clearInterval(timer);
      listening.dispose();
      changed.dispose();
    },
  };
}
