import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IMAGE_LABELS, imageState, isImageName, readTrial, withTag } from './agent-image.ts';

const image = (version?: string, base?: string, name = 'agents:latest') => ({
  id: 'sha256:1',
  labels: {
    [IMAGE_LABELS.name]: name,
    ...(version === undefined ? {} : { [IMAGE_LABELS.version]: version }),
    ...(base === undefined ? {} : { [IMAGE_LABELS.base]: base }),
  },
});

describe('the image of agents', () => {
  it.each([
    [null, { version: '2' }, 'missing'],
    [image(), { version: '2' }, 'own'],
    [image(undefined, 'x'), { version: '2', base: 'y' }, 'own'],
    [image('1'), { version: '2' }, 'old'],
    [image('2'), { version: '2' }, 'current'],
    [image('2', 'cfn-base:local'), { version: '2' }, 'current'],
    [image('2', 'cfn-base:local'), { version: '2', base: 'cfn-base:local' }, 'current'],
    [image('2'), { version: '2', base: 'cfn-base:local' }, 'old'],
    [image('2', 'a'), { version: '2', base: 'b' }, 'old'],
    [image('2', undefined, 'cfn-agent:latest'), { version: '2' }, 'own'],
  ] as const)('%j, where %j is wanted, is %s', (found, wanted, state) => {
    expect(imageState(found, { image: 'agents', ...wanted })).toBe(state);
  });

  it('is never built over where it has no label of ours', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((name) => name !== IMAGE_LABELS.version),
          fc.string(),
        ),
        fc.string(),
        fc.option(fc.string(), { nil: undefined }),
        (labels, version, base) => {
          expect(imageState({ id: '', labels }, { image: 'agents', version, base })).toBe('own');
        },
      ),
    );
  });
});

describe('names of images', () => {
  it.each([
    ['cfn-agent', 'cfn-agent:latest'],
    ['cfn-agent:2', 'cfn-agent:2'],
    ['localhost:5000/agent', 'localhost:5000/agent:latest'],
    ['agent@sha256:00', 'agent@sha256:00'],
  ])('%s is %s in full', (name, full) => expect(withTag(name)).toBe(full));

  it.each([
    'cfn-agent',
    'cfn-agent:latest',
    'cfn-base:local',
    'ghcr.io/team/agent:2.1',
    'localhost:5000/agent',
    `agent@sha256:${'0'.repeat(64)}`,
  ])('takes %s', (name) => expect(isImageName(name)).toBe(true));

  it.each(['', '-rf', 'a b', 'Agent', 'agent:', '../agent', 'agent\n', 'agent:-x', 'a'.repeat(256)])(
    'refuses %j',
    (name) => expect(isImageName(name)).toBe(false),
  );

  it('takes nothing that a command line could read as anything else', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(isImageName(name) && !/^[a-zA-Z0-9][\w.:/@-]*$/.test(name)).toBe(false);
      }),
    );
  });
});

const GOOD = [
  'has bash',
  'has git',
  'has redis-cli',
  'has curl',
  'has jq',
  'has ps',
  'has sqlite3',
  'node v24.21.0',
  'writable',
];

describe('an image that is tried', () => {
  it('carries agents when all is there', () => {
    expect(readTrial(GOOD.join('\n'))).toEqual({ node: 'v24.21.0', problems: [], lacks: [] });
  });

  it.each([
    ['node v24.21.0', 'no Node that starts'],
    ['has git', 'no git'],
    ['has redis-cli', 'no redis-cli'],
    ['writable', 'a /workspace that cannot be written to'],
  ])('does not without the line %j', (line, problem) => {
    expect(readTrial(GOOD.filter((one) => one !== line).join('\n')).problems).toEqual([problem]);
  });

  it('does not with a Node that is too old, or a program that does not start', () => {
    const old = GOOD.map((line) => (line.startsWith('node') ? 'node v18.20.1' : line));
    expect(readTrial(old.join('\n')).problems).toEqual(['Node v18.20.1, and 22 is needed']);
    expect(readTrial([...GOOD, 'broken git'].join('\n')).problems).toEqual(['a git that does not start']);
  });

  it('does without what is only useful, and says so', () => {
    const verdict = readTrial(GOOD.filter((line) => line !== 'has jq').join('\n'));
    expect(verdict).toMatchObject({ problems: [], lacks: ['jq'] });
  });
});
