import { describe, expect, it } from 'vitest';
import { err, ok } from '../../base/result.ts';
import type { ContainerImages, ImageWish, ReadyImage } from '../../ports/container-images.ts';
import { createTestWorld } from '../test-service.ts';
import { runImage } from './image.ts';

const READY: ReadyImage = {
  image: 'cfn-agent:latest',
  id: 'sha256:1',
  state: 'current',
  built: true,
  node: 'v24.21.0',
  lacks: [],
};

function world(ensureImage: ContainerImages['ensureImage']) {
  return createTestWorld({ images: () => Promise.resolve(ok({ ensureImage })) });
}

describe('cfn image', () => {
  it('builds with what was asked for, tells how far it is, and what there is now', async () => {
    const wishes: ImageWish[] = [];
    const { context, output } = world((wish, onProgress) => {
      wishes.push(wish);
      onProgress('Step 1/2 : FROM \u001B[31mbase');
      return Promise.resolve(ok(READY));
    });
    expect(await runImage(['build', '--base', 'cfn-base:local', '--image', 'agents:2'], context)).toBe(0);
    expect(wishes).toEqual([{ image: 'agents:2', base: 'cfn-base:local', build: 'always' }]);
    expect(output.stderr).toBe('Step 1/2 : FROM \uFFFD[31mbase\n');
    expect(output.stdout).toBe('cfn-agent:latest was built, and agents can work in it (Node 24.21.0).\n');
  });

  it('only looks when it checks', async () => {
    const wishes: ImageWish[] = [];
    const { context, output } = world((wish) => {
      wishes.push(wish);
      return Promise.resolve(ok({ ...READY, built: false, state: 'own', lacks: ['jq'] }));
    });
    expect(await runImage(['check'], context)).toBe(0);
    expect(wishes).toEqual([{ image: 'cfn-agent:latest', base: undefined, build: 'never' }]);
    expect(output.stdout).toBe(
      'cfn-agent:latest is there, and agents can work in it (Node 24.21.0). It is one of your own. It has no jq, which scripts may call.\n',
    );
  });

  it('gives one JSON object', async () => {
    const { context, output } = world(() => Promise.resolve(ok(READY)));
    expect(await runImage(['check', '--json'], context)).toBe(0);
    expect(JSON.parse(output.stdout)).toEqual(READY);
  });

  it.each([
    [[], 'cfn image takes build or check'],
    [['remove'], 'not "remove"'],
    [['build', 'it'], 'too many arguments'],
    [['build', '--image', '-rf /'], '--image is "-rf /"; it takes the name of an image'],
    [['build', '--base', 'No'], '--base is "No"'],
    [['check', '--base', 'a'], 'takes no --base'],
  ])('refuses %j before anything is asked', async (argv, said) => {
    const { context, output, calls } = createTestWorld();
    expect(await runImage(argv, context)).toBe(2);
    expect(output.stderr).toContain(said);
    expect(calls).toEqual([]);
  });

  it('ends with 2 where no engine answers, and with 1 where the image is not fit', async () => {
    const none = createTestWorld();
    expect(await runImage(['check'], none.context)).toBe(2);
    expect(none.output.stderr).toBe('There is no engine in this test.\n');
    const unfit = world(() => Promise.resolve(err({ kind: 'unfit', message: 'It has no git.' })));
    expect(await runImage(['check'], unfit.context)).toBe(1);
    expect(unfit.output.stderr).toBe('It has no git.\n');
  });

  it('is cancelled by Ctrl+C', async () => {
    const { context, signal } = world(async (_wish, _onProgress, cancelled) => {
      const ended = new Promise((resolve) => cancelled.addEventListener('abort', resolve));
      signal('SIGINT');
      await ended;
      return err({ kind: 'cancelled', message: 'The build was cancelled.' });
    });
    expect(await runImage(['build'], context)).toBe(130);
  });
});
