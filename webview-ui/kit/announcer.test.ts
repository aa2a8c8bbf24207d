import { expect, it } from 'vitest';
import { createAnnouncer } from './announcer.ts';

function setUp() {
  const said: string[] = [];
  const due: (() => void)[] = [];
  const time = { now: 0 };
  const announcer = createAnnouncer({
    show: (text) => said.push(text),
    now: () => time.now,
    after: (_ms, action) => due.push(action),
  });
  const pass = (ms: number) => {
    time.now += ms;
    due.splice(0).forEach((action) => action());
  };
  return { said, announcer, pass };
}

it('says the first at once and the newest of those that came within five seconds after them', () => {
  const { said, announcer, pass } = setUp();
  announcer.say('implementing');
  announcer.say('running the gate');
  announcer.say('gate failed');
  expect(said).toEqual(['implementing']);
  pass(5000);
  expect(said).toEqual(['implementing', 'gate failed']);
});

it('does not say the same again', () => {
  const { said, announcer, pass } = setUp();
  announcer.say('implementing');
  announcer.say('implementing');
  pass(6000);
  announcer.say('implementing');
  expect(said).toEqual(['implementing']);
});
