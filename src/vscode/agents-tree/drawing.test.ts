import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { agentView, loopView } from '../test-views.ts';
import { createDrawing } from './drawing.ts';
import { loopRow } from './loop-rows.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function scene() {
  const now = { status: 'working' as 'working' | 'quiet', visible: true, asked: 0 };
  const drawn: (readonly string[] | 'all')[] = [];
  const drawing = createDrawing({
    rows: () => {
      now.asked += 1;
      const agents = [agentView({ id: 'a', state: 'working', status: now.status })];
      return [loopRow(loopView({ agents }), { now: 0, worktrees: null, shows: () => true })];
    },
    isVisible: () => now.visible,
    draw: (rows) => drawn.push(rows?.map(({ id }) => id) ?? 'all'),
  });
  const flip = () => {
    now.status = now.status === 'working' ? 'quiet' : 'working';
    drawing.soon();
  };
  return { now, drawn, drawing, flip };
}

it('draws at most ten times a second, however often loops change, and then what changed alone', () => {
  const { drawn, drawing, flip } = scene();
  drawing.figures();
  for (let ms = 0; ms < 3000; ms += 7) {
    flip();
    vi.advanceTimersByTime(7);
  }
  expect(drawn[0]).toBe('all');
  expect(drawn.length - 1).toBeLessThanOrEqual(30);
  expect(new Set(drawn.slice(1).flat())).toEqual(new Set(['add-jwt-7k2m/a']));
});

it('works out nothing while it cannot be seen, and says nothing when nothing changed', () => {
  const { now, drawn, drawing, flip } = scene();
  now.visible = false;
  flip();
  vi.advanceTimersByTime(1000);
  expect([now.asked, drawn]).toEqual([0, []]);
  now.visible = true;
  drawing.figures();
  drawing.soon();
  vi.advanceTimersByTime(1000);
  expect([now.asked, drawn]).toEqual([2, ['all']]);
});

it('draws the last of many changes', () => {
  const { drawn, drawing, flip } = scene();
  drawing.figures();
  flip();
  flip();
  flip();
  vi.advanceTimersByTime(100);
  expect(drawn).toEqual(['all', ['add-jwt-7k2m/a']]);
  expect(drawing.roots()[0]?.children[0]?.description).toBe('quiet · it 1');
});
