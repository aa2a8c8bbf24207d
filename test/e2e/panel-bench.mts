/** A workbench with loops that are played back, and the panel of one of them. */
import path from 'node:path';
import type { Frame } from 'playwright-core';
import type { LoopView } from '../../src/app/projections/loop-view.ts';
import { prepareFakeExtension } from './fake-extension.mts';
import { prepareScene, type Scene } from './scene.mts';
import { openWorkbench, type Workbench } from './workbench.mts';

const shots = process.env['CFN_SCREENSHOTS'];

export interface PanelBenchOptions {
  readonly stories: (now: number, worktree: string) => readonly LoopView[];
  /** Words of the status bar that are there when everything is; null: do not wait. */
  readonly ready: string | null;
  readonly size?: { readonly width: number; readonly height: number };
  readonly env?: Readonly<Record<string, string>>;
}

export interface PanelBench {
  open(theme: string, options: PanelBenchOptions): Promise<Workbench>;
  /** Opens a loop's panel from its row, by one click. */
  openLoop(title: string, selector: string): Promise<Frame>;
  press(...keys: readonly string[]): Promise<void>;
  /** Makes the panel's own frame so narrow; returns by how much its content is wider, in pixels. */
  atWidth(panel: Frame, width: number): Promise<number>;
  shot(name: string): Promise<void>;
  /** Of one part of the workbench, at most so high. */
  shotOf(part: string, name: string, height: number): Promise<void>;
  folder(): string;
  dispose(): Promise<void>;
}

export function createPanelBench(): PanelBench {
  let scene: Scene | undefined;
  let workbench: Workbench | undefined;
  const opened = (): Workbench => {
    if (!workbench) throw new Error('No workbench is open.');
    return workbench;
  };
  return {
    open: async (theme, { stories, ready, size = { width: 1500, height: 940 }, env = {} }) => {
      scene = await prepareScene();
      const extension = await prepareFakeExtension(scene, stories(Date.now(), scene.repository));
      workbench = await openWorkbench({
        folder: scene.repository,
        extension,
        env: { ...scene.env, CFN_FAKE_CALLS: path.join(scene.folder, 'calls.json'), ...env },
        settings: { 'workbench.colorTheme': theme },
        size,
      });
      if (ready === null) return workbench;
      await workbench.statusBar(ready).waitFor();
      await workbench.openView('CFN Loop');
      return workbench;
    },
    openLoop: async (title, selector) => {
      await opened().treeRow(title).first().click();
      return opened().webview(selector);
    },
    press: async (...keys) => {
      for (const key of keys) await opened().page.keyboard.press(key);
    },
    atWidth: async (panel, width) => {
      const frame = await panel.frameElement();
      await frame.evaluate((element, pixels) => {
        if (element instanceof HTMLElement) element.style.width = `${pixels}px`;
      }, width);
      await panel.waitForFunction((pixels) => window.innerWidth === pixels, width);
      return panel.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
    },
    shot: async (name) => {
      if (shots) await workbench?.screenshot(path.join(shots, `${name}.png`));
    },
    shotOf: async (part, name, height) => {
      const box = await workbench?.page.locator(part).boundingBox();
      if (!shots || !box) return;
      await workbench?.page.screenshot({ path: path.join(shots, `${name}.png`), clip: { ...box, height } });
    },
    folder: () => scene?.folder ?? '',
    dispose: async () => {
      const proposed = workbench?.proposedApiUses() ?? [];
      await workbench?.dispose();
      await scene?.dispose();
      workbench = undefined;
      scene = undefined;
      if (proposed.length > 0) throw new Error(`Proposed API is used: ${proposed.join('; ')}`);
    },
  };
}
