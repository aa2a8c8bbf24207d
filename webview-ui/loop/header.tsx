import * as l10n from '@vscode/l10n';
import type { PanelLoop } from '../../src/protocol/panel-loop.ts';
import { Age } from '../kit/age.tsx';
import { Button } from '../kit/button.tsx';
import { fill } from '../kit/fill.tsx';
import { Icon } from '../kit/icon.tsx';
import { Menu } from '../kit/menu.tsx';
import { Meter } from '../kit/meter.tsx';
import type { Send } from './send.ts';
import { STEP_ICON } from './status.ts';

interface Props {
  readonly loop: PanelLoop;
  readonly send: Send;
  /** Goes to the first thing that needs a person. */
  readonly toNeed: () => void;
  readonly explain: () => void;
  readonly showKeys: () => void;
}

export function Header({ loop, send, toNeed, explain, showKeys }: Props) {
  const [icon, tone] = STEP_ICON[loop.stateStatus];
  return (
    <header data-block="loop">
      <div class="line1">
        <h1 class="cut" title={loop.description}>
          <bdi>{loop.title}</bdi>
        </h1>
        <Actions loop={loop} send={send} explain={explain} showKeys={showKeys} />
      </div>
      <div class="facts">
        <strong class="state">
          <Icon name={icon} tone={tone} />
          {loop.state}
        </strong>
        {loop.needs > 0 && (
          <button type="button" class="pill" data-key="needs-you" onClick={toNeed}>
            {loop.needs === 1 ? l10n.t('1 needs you') : l10n.t('{0} need you', loop.needs)}
          </button>
        )}
        <span>
          {fill(
            l10n.t('Iteration {0}'),
            <b>{l10n.t('{0} of {1}', Math.max(1, loop.iteration), loop.maxIterations)}</b>,
          )}
        </span>
        <span>
          {fill(
            loop.endedAt === null ? l10n.t('{0} elapsed') : l10n.t('{0} in all'),
            <b>
              <Age start={loop.startedAt} end={loop.endedAt} />
            </b>,
          )}
        </span>
        <Cost loop={loop} explain={explain} />
        <span>{l10n.t('{0} mode', loop.mode.charAt(0).toUpperCase() + loop.mode.slice(1))}</span>
        <span class="branch cut">
          <Icon name="branch" />
          <bdi class="cut">{loop.branch}</bdi>
        </span>
      </div>
    </header>
  );
}

function Cost({ loop, explain }: Pick<Props, 'loop' | 'explain'>) {
  const { cost, budget } = loop;
  const text = <b>{cost}</b>;
  const hint = [
    loop.explain.loop.title,
    ...loop.explain.loop.rows.map((row) => row.join(': ')),
    loop.explain.loop.note,
  ];
  return (
    <button type="button" class="number" data-key="explain-cost" title={hint.join('\n')} onClick={explain}>
      {budget ? fill(l10n.t('{0} of {1}'), text, budget.limit) : text}
      {budget && (
        <span class="small-meter">
          <Meter value={budget.share} label={l10n.t('{0} % of the budget', Math.round(budget.share * 100))} />
        </span>
      )}
    </button>
  );
}

function Actions({ loop, send, explain, showKeys }: Omit<Props, 'toNeed'>) {
  return (
    <div class="buttons">
      {loop.hasResult && (
        <Button
          shrinks
          name="diff"
          label={l10n.t('Show diff')}
          icon="diff"
          onClick={() => send.command('showDiff')}
        />
      )}
      {loop.hasResult && !loop.active && (
        <Button
          shrinks
          name="bring-home"
          label={l10n.t('Bring home…')}
          icon="branch"
          hint={l10n.t('Shows first what would happen.')}
          onClick={() => send.command('bringHome')}
        />
      )}
      {loop.active ? (
        <>
          <Button
            shrinks
            name="feedback"
            label={l10n.t('Add feedback')}
            icon="feedback"
            onClick={() => send.command('addFeedback')}
          />
          {!loop.ask && (
            <Button
              shrinks
              name="pause"
              label={loop.paused ? l10n.t('Resume') : l10n.t('Pause')}
              icon={loop.paused ? 'resume' : 'pause'}
              onClick={() => send.command(loop.paused ? 'resumeLoop' : 'pauseLoop')}
            />
          )}
          <Button
            shrinks
            name="stop"
            label={l10n.t('Stop')}
            icon="stop"
            hint={l10n.t('Asks first; all branches and iterations are kept.')}
            onClick={() => send.command('stopLoop')}
          />
        </>
      ) : (
        <Button
          shrinks
          name="start"
          label={l10n.t('Start loop')}
          icon="play"
          onClick={() => send.command('startLoop')}
        />
      )}
      <MoreMenu loop={loop} send={send} explain={explain} showKeys={showKeys} />
    </div>
  );
}

function MoreMenu({ loop, send, explain, showKeys }: Omit<Props, 'toNeed'>) {
  const command = (name: Parameters<Send['command']>[0]) => () => send.command(name);
  return (
    <Menu
      name="more"
      label={l10n.t('More actions')}
      items={[
        {
          name: 'thresholds',
          label: l10n.t('Change thresholds for the next iteration…'),
          disabled: !loop.active,
          onClick: command('changeThresholds'),
        },
        {
          name: 'retry',
          label: l10n.t('Retry agent with another preset…'),
          disabled: !loop.active,
          onClick: command('retryAgent'),
        },
        {
          name: 'compare',
          label: l10n.t('Compare iterations…'),
          disabled: loop.iterations.length < 2,
          onClick: command('compareIterations'),
        },
        { name: 'log', label: l10n.t('Open log'), onClick: command('showLog') },
        { name: 'record', label: l10n.t('Export record…'), onClick: command('exportRecord') },
        { name: 'explain', label: l10n.t('Explain the numbers'), onClick: explain },
        { name: 'keys', label: l10n.t('All shortcuts'), onClick: showKeys },
      ]}
    />
  );
}
