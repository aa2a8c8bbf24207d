import { expect, it } from 'vitest';
import { compareLink, withoutCredentials } from './compare-link.ts';

const link = (url: string, into: string | null = 'main') =>
  compareLink({ url, branch: 'cfn/a b/result', into });

it.each([
  [
    'https://github.com/ada/engine.git',
    'https://github.com/ada/engine/compare/main...cfn%2Fa%20b%2Fresult?expand=1',
  ],
  ['git@github.com:ada/engine', 'https://github.com/ada/engine/compare/main...cfn%2Fa%20b%2Fresult?expand=1'],
  [
    'ssh://git@github.example.org:2222/ada/engine.git/',
    'https://github.example.org/ada/engine/compare/main...cfn%2Fa%20b%2Fresult?expand=1',
  ],
  [
    'https://ada:secret@gitlab.com/group/sub/engine.git',
    'https://gitlab.com/group/sub/engine/-/merge_requests/new?merge_request%5Bsource_branch%5D=cfn%2Fa%20b%2Fresult&merge_request%5Btarget_branch%5D=main',
  ],
  [
    'git@bitbucket.org:ada/engine.git',
    'https://bitbucket.org/ada/engine/pull-requests/new?source=cfn%2Fa%20b%2Fresult&dest=main',
  ],
])('makes the page of %s', (url, page) => {
  expect(link(url)).toBe(page);
});

it('leaves the target to the host when none is meant', () => {
  expect(link('https://github.com/ada/engine', null)).toBe(
    'https://github.com/ada/engine/compare/cfn%2Fa%20b%2Fresult?expand=1',
  );
});

it.each([
  '/srv/git/engine.git',
  'C:/code/engine',
  'https://git.example.org/ada/engine.git',
  'https://notgithub.com/ada/engine.git',
  'file:///srv/github.com/engine',
  'https://github.com/engine',
  'https://github.com"onload=x/ada/engine',
  '',
])('knows no page for %j', (url) => {
  expect(link(url)).toBeNull();
});

it('takes names and tokens out of URLs, wherever they stand', () => {
  expect(withoutCredentials("fatal: unable to access 'https://ada:s3cret@host/x.git/': no")).toBe(
    "fatal: unable to access 'https://host/x.git/': no",
  );
});
