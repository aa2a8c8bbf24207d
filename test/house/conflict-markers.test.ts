import { expect, it } from 'vitest';
import { conflictMarkers, trackedFiles } from './conflict-markers.ts';

it('no tracked file holds what a merge left behind', () => {
  const files = trackedFiles();
  expect(files.length).toBeGreaterThan(400);
  expect(files.flatMap(conflictMarkers)).toEqual([]);
});

it('what a merge leaves behind is found, also after the formatter took it for a quote', () => {
  const lines = ['<<<<<<< HEAD', 'ours', '=======', 'theirs', '>>>>>>> 7fa8ec8 (a title)'];
  expect(conflictMarkers({ file: 'a.md', text: lines.join('\r\n') })).toEqual(['a.md:1', 'a.md:3', 'a.md:5']);
  expect(conflictMarkers({ file: 'a.md', text: '> > > > > > > 7fa8ec8' })).toEqual(['a.md:1']);
  expect(conflictMarkers({ file: 'a.md', text: 'a\n========\n> quoted\n  =======' })).toEqual([]);
});
