import type { PanelLoop } from '../../src/protocol/webview.ts';
import { Age } from '../kit/age.tsx';
import { Button } from '../kit/button.tsx';
import type { Send } from './panel-state.ts';
import { Icon } from '../kit/icon.tsx';
import { Menu } from '../kit/menu.tsx';

interface Props {
  readonly loop: PanelLoop;
  readonly send: Send;
}

export function Header({ loop, send }: Props) {
  return (
    <header>
      <div class="line1">
        <h1 title={loop.description}>{loop.title}</h1>
        <Actions loop={loop} send={send} />
        <Menu
          name="more"
          label="More actions"
          items={[{ name: 'log', label: 'Open log', onClick: () => send.command('showLog') }]}
        />
      </div>
      <div class="line2">
        <strong>{loop.state}</strong>
        {loop.needsYou && <span class="pill">1 needs you</span>}
        <span>
          Iteration <b>{Math.max(1, loop.iteration)}</b> of {loop.maxIterations}
        </span>
        <span>
          <Age start={loop.startedAt} end={loop.endedAt} />
          {loop.endedAt === null ? ' elapsed' : ' in all'}
        </span>
        <span>{loop.cost ?? 'cost unknown'}</span>
        <span>{loop.mode} mode</span>
        <span class="branch">
          <Icon name="branch" />
          <bdi>{loop.branch}</bdi>
        </span>
      </div>
    </header>
  );
}

function Actions({ loop, send }: Props) {
  const diff = loop.hasResult && (
    <Button name="diff" label="Show diff" icon="diff" onClick={() => send.command('showDiff')} />
  );
  if (!loop.active) {
    return (
      <div class="actions">
        {diff}
        <Button name="start" label="Start loop" onClick={() => send.command('startLoop')} />
      </div>
    );
  }
  return (
    <div class="actions">
      {diff}
      <Button name="feedback" label="Add feedback" onClick={() => send.command('addFeedback')} />
      {loop.paused ? (
        <Button name="pause" label="Resume" onClick={() => send.command('resumeLoop')} />
      ) : (
        <Button name="pause" label="Pause" onClick={() => send.command('pauseLoop')} />
      )}
      <Button name="stop" label="Stop" icon="stop" onClick={() => send.command('stopLoop')} />
    </div>
  );
}
