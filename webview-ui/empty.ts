import { button, h, icon } from './dom.ts';
import type { Send } from './channel.ts';

export interface ListedLoop {
  readonly taskId: string;
  readonly title: string;
  readonly state: string;
}

/** What stands there before the first loop. No picture: words that say what will happen and what not. */
export function emptyPanel(trusted: boolean, others: readonly ListedLoop[], send: Send): HTMLElement {
  const stages = [
    ['Implement', 'agents in parallel'],
    ['Gate', 'tests on the combined result'],
    ['Validate', 'blind reviewers'],
    ['Decide', 'proceed, iterate or abort'],
  ] as const;
  return h(
    'main',
    { class: 'empty' },
    h('h1', {}, others.length === 0 ? 'No loop yet' : 'CFN Loop'),
    h(
      'p',
      { class: 'dim' },
      'Describe a task. Agents work on it in their own git worktrees until tests pass, reviewers agree and you or the product owner say so. Your checkout is never touched.',
    ),
    trusted
      ? null
      : h(
          'p',
          { class: 'banner' },
          icon('warning', 'warn'),
          ' Loops run programs. Trust this folder to start one.',
        ),
    h(
      'div',
      { class: 'actions' },
      button({
        key: 'start',
        label: 'Start Loop',
        icon: 'play',
        primary: true,
        disabled: !trusted,
        onClick: () => send.command('startLoop'),
      }),
      button({
        key: 'demo',
        label: 'Watch the demo loop',
        disabled: !trusted,
        onClick: () => send.command('watchDemo'),
      }),
      button({ key: 'epic', label: 'New epic file', onClick: () => send.command('newEpic') }),
    ),
    h(
      'ol',
      { class: 'stages' },
      ...stages.map(([title, text]) =>
        h('li', {}, h('b', {}, title), h('span', { class: 'dim' }, ` ${text}`)),
      ),
    ),
    h(
      'p',
      { class: 'dim' },
      'No model or key at hand? Scripted agents show the whole loop in about a minute, for $0.',
    ),
    others.length === 0 ? null : loopList(others, send),
  );
}

function loopList(others: readonly ListedLoop[], send: Send): HTMLElement {
  const row = (loop: ListedLoop) =>
    h(
      'li',
      { class: 'listed' },
      h(
        'button',
        { type: 'button', class: 'link', 'data-key': loop.taskId, click: () => send.show(loop.taskId) },
        loop.title,
      ),
      h('span', { class: 'dim' }, loop.state),
    );
  return h(
    'section',
    { class: 'card' },
    h('h2', { class: 'card-head' }, 'Loops of this repository'),
    h('ul', { class: 'agents' }, ...others.map(row)),
  );
}
