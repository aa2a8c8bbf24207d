/** The parts of the panel, each a function from data to an element. */
import type { AgentStatus, PanelAgent, PanelLoop, StepStatus } from '../src/protocol/webview.ts';
import { age, button, h, icon, type IconName } from './dom.ts';
import type { Send } from './channel.ts';

const STEP_ICON: Readonly<Record<StepStatus, readonly [IconName, string]>> = {
  todo: ['todo', 'dim'],
  now: ['now', 'spin'],
  done: ['done', 'ok'],
  bad: ['bad', 'err'],
  need: ['need', 'you'],
  warning: ['warning', 'warn'],
};
const STEP_WORD: Readonly<Record<StepStatus, string>> = {
  todo: 'not reached',
  now: 'running',
  done: 'done',
  bad: 'failed',
  need: 'needs you',
  warning: 'passed with a warning',
};
const AGENT_ICON: Readonly<Record<AgentStatus, readonly [IconName, string]>> = {
  queued: ['todo', 'dim'],
  working: ['now', 'spin'],
  done: ['done', 'ok'],
  'no-vote': ['question', 'warn'],
  failed: ['bad', 'err'],
  lost: ['lost', 'err'],
  cancelled: ['cancelled', 'dim'],
};

export function header(loop: PanelLoop, send: Send): HTMLElement {
  const command = (name: Parameters<typeof send.command>[0]) => () => send.command(name);
  const actions = h('div', { class: 'actions' });
  if (loop.hasResult) {
    actions.append(button({ key: 'diff', label: 'Show diff', icon: 'text', onClick: command('showDiff') }));
  }
  if (loop.active) {
    actions.append(
      button({ key: 'feedback', label: 'Add feedback', onClick: command('addFeedback') }),
      loop.paused
        ? button({ key: 'pause', label: 'Resume', onClick: command('resumeLoop') })
        : button({ key: 'pause', label: 'Pause', onClick: command('pauseLoop') }),
      button({ key: 'stop', label: 'Stop', icon: 'cancelled', onClick: command('stopLoop') }),
    );
  } else {
    actions.append(button({ key: 'start', label: 'Start loop', onClick: command('startLoop') }));
  }
  return h(
    'header',
    {},
    h('div', { class: 'line1' }, h('h1', { title: loop.description }, loop.title), actions),
    h(
      'div',
      { class: 'line2' },
      h('strong', {}, loop.state),
      loop.needsYou ? h('span', { class: 'pill' }, '1 needs you') : null,
      h(
        'span',
        {},
        'Iteration ',
        h('b', {}, String(Math.max(1, loop.iteration))),
        ` of ${loop.maxIterations}`,
      ),
      h('span', {}, age(loop.startedAt, loop.endedAt), loop.endedAt === null ? ' elapsed' : ' in all'),
      loop.cost === null ? h('span', {}, 'cost unknown') : h('span', {}, loop.cost),
      h('span', {}, `${loop.mode} mode`),
      h('span', { class: 'branch' }, icon('branch'), h('bdi', {}, loop.branch)),
    ),
  );
}

export function diagram(loop: PanelLoop): HTMLElement {
  const steps = loop.steps.flatMap((step, index) => {
    const [name, tone] = STEP_ICON[step.status];
    const box = h(
      'li',
      {
        class: `step step-${step.status}`,
        'aria-current': step.status === 'now' || step.status === 'need' ? 'step' : null,
      },
      h(
        'div',
        { class: 'step-title' },
        icon(name, tone),
        h('b', {}, step.title),
        h('span', { class: 'unseen' }, STEP_WORD[step.status]),
        h('small', {}, step.subtitle),
      ),
      ...step.lines.map((line) => h('div', { class: 'dim' }, line || '\u00a0')),
    );
    return index === 0 ? [box] : [h('li', { class: 'arrow', 'aria-hidden': 'true' }, icon('arrow')), box];
  });
  return h(
    'nav',
    { 'aria-label': 'Loop' },
    h(
      'ol',
      { class: 'steps' },
      ...steps,
      h('li', { class: 'arrow', 'aria-hidden': 'true' }, icon('arrow')),
      h('li', { class: 'home dim' }, 'Bring home', h('br'), 'merge is yours'),
    ),
    h(
      'div',
      { class: `way-back ${loop.wayBack.taken ? 'taken' : ''}` },
      h('span', { class: 'path', 'aria-hidden': 'true' }, icon('up')),
      h('span', {}, loop.wayBack.text),
    ),
  );
}

export function decisionCard(loop: PanelLoop, send: Send): HTMLElement | null {
  if (!loop.ask) return null;
  const text = h('textarea', {
    rows: 2,
    'data-key': 'decision-text',
    'aria-label': 'Feedback for ITERATE, one item a line; reason for PROCEED and ABORT',
    placeholder: 'Feedback for ITERATE, one item a line. For PROCEED or ABORT: your reason, for the record.',
  });
  const choices = loop.ask.choices.map((choice) =>
    h(
      'div',
      { class: 'choice' },
      h('h3', {}, choice.decision, choice.recommended ? h('span', { class: 'tag' }, 'recommended') : null),
      h('p', {}, choice.text),
      button({
        key: `decide-${choice.decision}`,
        label: choice.decision.charAt(0) + choice.decision.slice(1).toLowerCase(),
        primary: choice.recommended,
        onClick: () => send.decide(choice.decision, text instanceof HTMLTextAreaElement ? text.value : ''),
      }),
    ),
  );
  return h(
    'section',
    { class: 'card due', 'aria-labelledby': 'decision-title' },
    h(
      'div',
      { class: 'card-head' },
      icon('law'),
      h('h2', { id: 'decision-title' }, `Decide iteration ${loop.iteration}`),
      h('span', { class: 'dim' }, 'waiting ', age(loop.ask.since), ' · nothing runs and nothing is spent'),
    ),
    loop.decision
      ? h(
          'p',
          { class: 'pad' },
          `${loop.decision.by} would `,
          h('b', {}, loop.decision.decision),
          loop.decision.reason ? ': “' : '',
          h('bdi', {}, loop.decision.reason),
          loop.decision.reason ? '”' : '',
        )
      : null,
    h('p', { class: 'pad dim' }, h('bdi', {}, loop.ask.message)),
    h('div', { class: 'choices' }, ...choices),
    h('div', { class: 'pad' }, text),
  );
}

function agentRow(agent: PanelAgent, send: Send): HTMLElement {
  const [name, tone] = AGENT_ICON[agent.status];
  const tools = agent.canOpen
    ? h(
        'span',
        { class: 'tools' },
        button({
          key: `${agent.id}-terminal`,
          label: `Open the terminal of ${agent.id}`,
          icon: 'terminal',
          bare: true,
          onClick: () => send.agent('openTerminal', agent.id),
        }),
        button({
          key: `${agent.id}-transcript`,
          label: `Show the transcript of ${agent.id}`,
          icon: 'text',
          bare: true,
          onClick: () => send.agent('showTranscript', agent.id),
        }),
      )
    : null;
  return h(
    'li',
    { class: 'agent' },
    icon(name, tone),
    h(
      'div',
      { class: 'who' },
      h('b', {}, agent.id),
      h(
        'span',
        { class: 'dim' },
        agent.attempt > 1 ? `${agent.preset}, attempt ${agent.attempt}` : agent.preset,
      ),
    ),
    h(
      'div',
      { class: 'what' },
      h('span', {}, agent.word),
      agent.line ? h('bdi', { class: 'mono dim' }, agent.line) : null,
    ),
    h(
      'span',
      { class: 'numbers diff' },
      agent.files > 0 ? h('span', { class: 'add' }, `+${agent.added}`) : null,
      agent.files > 0 ? h('span', { class: 'del' }, ` −${agent.removed}`) : null,
    ),
    h('span', { class: 'numbers' }, agent.startedAt === null ? '' : age(agent.startedAt, agent.endedAt)),
    h('span', { class: 'numbers cost' }, agent.cost ?? ''),
    tools ?? h('span', { class: 'tools' }),
  );
}

export function agents(loop: PanelLoop, send: Send): HTMLElement {
  const rows = (roles: readonly PanelAgent['role'][]) =>
    loop.agents.filter((agent) => roles.includes(agent.role)).map((agent) => agentRow(agent, send));
  const part = (title: string, roles: readonly PanelAgent['role'][]) => {
    const list = rows(roles);
    return list.length === 0
      ? null
      : h(
          'section',
          { class: 'card' },
          h('h2', { class: 'card-head' }, title),
          h('ul', { class: 'agents' }, ...list),
        );
  };
  const implement = part('Implement', ['implementer']);
  const validate = part('Validate', ['validator']);
  const decide = part('Decide', ['product-owner']);
  // Under a due decision stands first what it depends on.
  const order = loop.ask
    ? [consensus(loop), gate(loop), implement, validate, decide]
    : [implement, gate(loop), validate, consensus(loop), decide];
  return h('div', { class: 'stack' }, ...order);
}

function gate(loop: PanelLoop): HTMLElement | null {
  const { gate } = loop;
  if (!gate) return null;
  const evidence = gate.evidenceOk === null ? 'warning' : gate.evidenceOk ? 'done' : 'bad';
  return h(
    'section',
    { class: 'card' },
    h(
      'div',
      { class: 'card-head' },
      icon(gate.passed ? 'done' : 'bad', gate.passed ? 'ok' : 'err'),
      h('h2', {}, gate.passed ? 'Gate passed' : 'Gate failed'),
      h('span', { class: 'dim' }, `on the combined work of iteration ${gate.iteration}`),
    ),
    h(
      'div',
      { class: 'halves' },
      h(
        'div',
        {},
        h('h3', {}, 'Evidence ', h('span', { class: 'dim' }, 'we ran it')),
        h('p', {}, icon(evidence, STEP_ICON[evidence][1]), ` ${gate.evidence}`),
      ),
      h(
        'div',
        {},
        h('h3', {}, 'Confidence ', h('span', { class: 'dim' }, 'they claim it')),
        h('p', {}, `${gate.confidence.toFixed(2)}, needs ${gate.threshold.toFixed(2)}`),
        meter(gate.confidence, gate.threshold),
      ),
    ),
    h('p', { class: 'pad' }, gate.sentence),
    gate.reasons.length > 0
      ? h('ul', { class: 'reasons' }, ...gate.reasons.map((reason) => h('li', {}, h('bdi', {}, reason))))
      : null,
  );
}

/** A neutral bar with the threshold's tick; widths go through SVG attributes, which the policy allows. */
function meter(value: number, threshold: number): SVGElement {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', '0 0 200 10');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('class', 'meter');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `${value.toFixed(2)} of 1, threshold ${threshold.toFixed(2)}`);
  const rect = (name: string, x: number, width: number) => {
    const element = document.createElementNS(ns, 'rect');
    element.setAttribute('class', name);
    element.setAttribute('x', String(x));
    element.setAttribute('y', name === 'tick' ? '0' : '3');
    element.setAttribute('width', String(width));
    element.setAttribute('height', name === 'tick' ? '10' : '4');
    return element;
  };
  svg.append(rect('track', 0, 200), rect('fill', 0, value * 200), rect('tick', threshold * 200 - 1, 2));
  return svg;
}

function consensus(loop: PanelLoop): HTMLElement | null {
  const { consensus } = loop;
  if (!consensus) return null;
  const title =
    consensus.score === null
      ? 'No consensus: quorum missed'
      : `Consensus ${consensus.score.toFixed(2)}, needs ${consensus.threshold.toFixed(2)}`;
  const low = consensus.votes.filter(
    (vote) => vote.score !== null && vote.score < consensus.threshold,
  ).length;
  return h(
    'section',
    { class: 'card' },
    h(
      'div',
      { class: 'card-head' },
      icon(consensus.passed ? 'done' : 'bad', consensus.passed ? 'ok' : 'err'),
      h('h2', {}, title),
      h('span', { class: 'dim' }, consensus.passed && low > 0 ? `${low} below it` : 'blind votes'),
    ),
    h(
      'ul',
      { class: 'votes' },
      ...consensus.votes.map((vote) =>
        h(
          'li',
          {},
          h('span', {}, vote.agentId),
          vote.score === null
            ? h('span', { class: 'dim' }, 'no vote')
            : meter(vote.score, consensus.threshold),
          h('span', { class: 'numbers' }, vote.score === null ? '–' : vote.score.toFixed(2)),
        ),
      ),
    ),
  );
}

export function side(loop: PanelLoop): HTMLElement {
  const written = loop.transferPoints.filter((point) => point.state !== 'open').length;
  return h(
    'aside',
    { class: 'stack' },
    h(
      'section',
      {},
      h('h2', {}, 'Transfer points ', h('span', { class: 'dim' }, `${written} of 7`)),
      h(
        'ol',
        { class: 'points' },
        ...loop.transferPoints.map((point) =>
          h(
            'li',
            { title: point.detail },
            point.state === 'open'
              ? icon('todo', 'dim')
              : point.state === 'verified'
                ? icon('done', 'ok')
                : icon('bad', 'err'),
            h('span', {}, point.name),
            h('span', { class: 'unseen' }, `${point.state}, ${point.detail}`),
          ),
        ),
      ),
    ),
    loop.decision && !loop.ask
      ? h(
          'section',
          {},
          h('h2', {}, 'Decision'),
          h('p', {}, h('b', {}, loop.decision.decision), ` by ${loop.decision.by}`),
          h('p', { class: 'dim' }, h('bdi', {}, loop.decision.reason)),
        )
      : null,
    loop.feedback.length > 0
      ? h(
          'section',
          {},
          h('h2', {}, 'Feedback ', h('span', { class: 'dim' }, String(loop.feedback.length))),
          h('ul', { class: 'feedback' }, ...loop.feedback.map((item) => h('li', {}, h('bdi', {}, item)))),
        )
      : null,
  );
}
