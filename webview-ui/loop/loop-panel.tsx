import * as l10n from '@vscode/l10n';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { BLOCKS, type Block, type PanelLoop, type PanelStep } from '../../src/protocol/panel-loop.ts';
import { afterPicture } from '../kit/after-picture.ts';
import { Button } from '../kit/button.tsx';
import { fill } from '../kit/fill.tsx';
import { Icon } from '../kit/icon.tsx';
import { useStable } from '../kit/stable.ts';
import { Banners } from './banners.tsx';
import { Convergence } from './convergence.tsx';
import { Decided, DecisionCard } from './decision.tsx';
import { Diagram } from './diagram.tsx';
import { Explain } from './explain.tsx';
import { Foot } from './foot.tsx';
import { goTo, goToNeed } from './go-to.ts';
import { Header } from './header.tsx';
import { Held } from './held.tsx';
import { Iterations } from './iterations.tsx';
import { usePanelKeys } from './panel-keys.ts';
import type { PanelState } from './panel-state.ts';
import { TransferPoints } from './points.tsx';
import type { Memory } from './remembered.ts';
import { Sections } from './sections.tsx';
import type { Send } from './send.ts';
import { Shortcuts } from './shortcuts.tsx';

interface Props {
  readonly loop: PanelLoop;
  readonly state: PanelState;
  readonly send: Send;
  readonly memory: Memory;
  readonly heardAt: () => number;
  /** Back from an earlier iteration to the newest. */
  readonly onBack: () => void;
}

type Sheet = 'keys' | Block | null;

export function LoopPanel(props: Props) {
  const { loop, state, send, memory, heardAt, onBack } = props;
  const [sheet, setSheet] = useState<Sheet>(null);
  const shown = state.past?.loop ?? loop;
  const rest = useAfterFirstPicture();
  useRememberedScroll(memory, rest);
  const folds = useFolds(shown, memory);
  const toStep = useStable((step: PanelStep): void => {
    folds.toggle(step, true);
    goTo(`section-${step}`);
  });
  const explain = (block: Block = focusedBlock()): void => setSheet(block);
  const showKeys = useStable((): void => setSheet('keys'));
  usePanelKeys({ loop, send, toStep, toNeed: goToNeed, explain, showKeys, onBack });
  const failed = (what: string) => (state.failed?.what === what ? state.failed.message : null);
  return (
    <>
      <Header loop={loop} send={send} toNeed={goToNeed} explain={() => explain('loop')} showKeys={showKeys} />
      <Notices {...props} failed={failed('iteration')} />
      <Diagram steps={shown.steps} wayBack={shown.wayBack} open={shown.open} toStep={toStep} />
      <div class="columns">
        <Main {...props} folds={folds} failed={failed} rest={rest} />
        {rest ? <Side {...props} failed={failed('breakpoint')} /> : <aside />}
      </div>
      <Foot
        active={loop.active}
        overlap={loop.overlap}
        asks={loop.ask !== null}
        heardAt={heardAt}
        showKeys={showKeys}
      />
      {sheet === 'keys' && <Shortcuts onClose={() => setSheet(null)} />}
      {sheet !== null && sheet !== 'keys' && (
        <Explain explanation={shown.explain[sheet]} onClose={() => setSheet(null)} />
      )}
    </>
  );
}

interface NoticesProps extends Props {
  readonly failed: string | null;
}

function Notices({ loop, state, send, onBack, failed }: NoticesProps) {
  if (loop.banners.length === 0 && !state.past && failed === null) return null;
  return (
    <section aria-label={l10n.t('Notices')}>
      <Banners banners={loop.banners} send={send} />
      {state.past && <PastBanner number={state.past.number} onBack={onBack} />}
      {failed !== null && <p class="error">{failed}</p>}
    </section>
  );
}

interface MainProps extends Props {
  readonly folds: ReturnType<typeof useFolds>;
  readonly failed: (what: string) => string | null;
  readonly rest: boolean;
}

function Main({ loop, state, send, memory, folds, failed, rest }: MainProps) {
  const shown = state.past?.loop ?? loop;
  return (
    <main>
      {!state.past && loop.held && (
        <Held
          held={loop.held}
          content={state.held}
          failed={failed('release') ?? failed('held')}
          send={send}
          memory={memory}
        />
      )}
      {!state.past && loop.ask && <DecisionCard ask={loop.ask} send={send} memory={memory} />}
      {!loop.ask && shown.decision && <Decided decision={shown.decision} />}
      {rest && (
        <Sections
          loop={shown}
          send={send}
          memory={memory}
          isOpen={folds.isOpen}
          onToggle={folds.toggle}
          readOnly={state.past !== null || !loop.active}
          failed={failed('feedback')}
        />
      )}
    </main>
  );
}

function PastBanner({ number, onBack }: { readonly number: number; readonly onBack: () => void }) {
  return (
    <div class="banner plain" data-key="past">
      <Icon name="history" />
      <span>
        {fill(l10n.t('{0} as it stood at its end.'), <b>{l10n.t('You see iteration {0}', number)}</b>)}
      </span>
      <span class="buttons">
        <Button name="back-to-now" label={l10n.t('Back to now')} onClick={onBack} />
      </span>
    </div>
  );
}

function Side({ loop, state, send, memory, onBack, failed }: Props & { readonly failed: string | null }) {
  const [point, setPoint] = useState(memory.now.point);
  const shown = state.past?.loop ?? loop;
  const choose = useStable((chosen: number | null): void => {
    setPoint(chosen);
    memory.set({ point: chosen });
  });
  const { convergence, maxIterations } = loop;
  const pictures = useMemo(
    () => <Convergence convergence={convergence} maxIterations={maxIterations} />,
    [convergence, maxIterations],
  );
  return (
    <aside aria-label={l10n.t('Course of the loop')}>
      <Iterations
        iterations={loop.iterations}
        viewed={state.past?.number ?? null}
        send={send}
        onBack={onBack}
      />
      {pictures}
      <TransferPoints
        points={shown.points}
        iteration={shown.iteration}
        chosen={point}
        choose={choose}
        send={send}
        active={loop.active && state.past === null}
        failed={failed}
      />
    </aside>
  );
}

/** The current step is open and the others are one line; a person's choice wins until the step changes. */
function useFolds(loop: PanelLoop, memory: Memory) {
  const at = `${loop.iteration}:${loop.open}:${loop.ask ? 'ask' : ''}`;
  const [, again] = useState(0);
  const chosen = memory.now.folds.at === at ? memory.now.folds.open : {};
  const usual: PanelStep = loop.ask ? (loop.consensus ? 'validate' : 'gate') : loop.open;
  return {
    isOpen: (step: PanelStep): boolean => chosen[step] ?? step === usual,
    toggle: (step: PanelStep, open: boolean): void => {
      memory.set({ folds: { at, open: { ...chosen, [step]: open } } });
      again((count) => count + 1);
    },
  };
}

function focusedBlock(): Block {
  const block = document.activeElement?.closest<HTMLElement>('[data-block]')?.dataset['block'];
  return isBlock(block) ? block : 'loop';
}

const isBlock = (name: string | undefined): name is Block => BLOCKS.some((block) => block === name);

/** False for the first picture, which shows where the loop stands and what is asked; the rest follows it at once. */
function useAfterFirstPicture(): boolean {
  const [after, setAfter] = useState(false);
  useEffect(() => afterPicture(() => setAfter(true)), []);
  return after;
}

function useRememberedScroll(memory: Memory, whole: boolean): void {
  useEffect(() => {
    if (!whole) return undefined;
    scrollTo({ top: memory.now.scroll });
    let waiting = 0;
    const onScroll = (): void => {
      clearTimeout(waiting);
      waiting = window.setTimeout(() => memory.set({ scroll: scrollY }), 200);
    };
    addEventListener('scroll', onScroll, { passive: true });
    return () => removeEventListener('scroll', onScroll);
  }, [whole]);
}
