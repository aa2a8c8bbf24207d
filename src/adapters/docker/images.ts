import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type Docker from 'dockerode';
import * as z from 'zod/mini';
import { err, ok, type Result } from '../../base/result.ts';
import {
  IMAGE_LABELS,
  imageState,
  withTag,
  type ImageFacts,
  type ImageState,
} from '../../domain/containers/agent-image.ts';
import type { EngineAddress, EngineError } from '../../domain/containers/engine.ts';
import type { ContainerImages, ImageProblem, ImageWish, ReadyImage } from '../../ports/container-images.ts';
import { createContainerEngine } from './container-engine.ts';
import { ask, openDocker } from './engine.ts';
import { buildImage } from './image-build.ts';
import { tryImage } from './image-trial.ts';

export interface ImagesDeps {
  readonly address: EngineAddress;
  /** Absolute path of the Dockerfile that agents' image is built from. */
  readonly dockerfile: string;
  /** `uid:gid` that agents have in containers. */
  readonly user: string;
}

/** Nothing is asked of the engine before the first call. */
export function createContainerImages({ address, dockerfile, user }: ImagesDeps): ContainerImages {
  const docker = openDocker(address);
  const engine = createContainerEngine(address);
  return {
    async ensureImage(wish, onProgress, signal) {
      const recipe = await readRecipe(dockerfile);
      const found = await factsOf(docker, wish.image, signal);
      if (!found.ok) return found;
      const state = imageState(found.value, {
        image: wish.image,
        version: recipe.version,
        base: wish.base,
      });
      const must = whatToDo(wish, state);
      if (!must.ok) return must;
      let image = found.value;
      if (must.value === 'build') {
        const built = await build(docker, { wish, recipe, dockerfile, old: image }, onProgress, signal);
        if (!built.ok) return built;
        image = built.value;
      }
      const tried = await tryImage(engine, { image: wish.image, user }, signal);
      if (!tried.ok) return tried;
      const { node, problems, lacks } = tried.value;
      if (problems.length > 0 || node === null || image === null)
        return err({
          kind: 'unfit',
          message: `Agents cannot work in the image ${wish.image}: it has ${problems.join(' and ')}.`,
        });
      const ready: ReadyImage = {
        image: wish.image,
        id: image.id,
        state: state === 'own' ? 'own' : 'current',
        built: must.value === 'build',
        node,
        lacks,
      };
      return ok(ready);
    },
  };
}

interface Recipe {
  readonly version: string;
  readonly ownBase: string;
}

async function readRecipe(dockerfile: string): Promise<Recipe> {
  const text = await readFile(dockerfile);
  return {
    // `build-from-linux.sh` says the same.
    version: createHash('sha256').update(text).digest('hex').slice(0, 12),
    ownBase: /^ARG BASE=(\S+)/m.exec(text.toString('utf8'))?.[1] ?? '',
  };
}

function whatToDo({ image, build }: ImageWish, state: ImageState): Result<'build' | 'use', ImageProblem> {
  if (build === 'never' && state === 'missing')
    return err({
      kind: 'absent',
      message: `The container engine has no image ${image}; build it with \`cfn image build\`, or pull it.`,
    });
  if (build === 'never' && state === 'old')
    return err({
      kind: 'old',
      message: `The image ${image} was built from other files than those of this version; run \`cfn image build\`.`,
    });
  if (build === 'always' && state === 'own')
    return err({
      kind: 'own',
      message: `The image ${image} is one of your own, which is not built over; give another name with --image, or remove it.`,
    });
  const builds = build === 'always' || (build === 'needed' && (state === 'missing' || state === 'old'));
  return ok(builds ? 'build' : 'use');
}

const imageSchema = z.object({
  Id: z.string(),
  Config: z.object({ Labels: z.optional(z.nullable(z.record(z.string(), z.string()))) }),
});

async function factsOf(
  docker: Docker,
  name: string,
  signal: AbortSignal,
): Promise<Result<ImageFacts | null, EngineError>> {
  const told = await ask('tell of an image', { signal }, async () =>
    imageSchema.parse(await docker.getImage(name).inspect()),
  );
  if (told.ok) return ok({ id: told.value.Id, labels: told.value.Config.Labels ?? {} });
  return told.error.kind === 'missing' ? ok(null) : told;
}

interface Work {
  readonly wish: ImageWish;
  readonly recipe: Recipe;
  readonly dockerfile: string;
  readonly old: ImageFacts | null;
}

async function build(
  docker: Docker,
  { wish: { image, base: wished }, recipe, dockerfile, old }: Work,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<Result<ImageFacts, ImageProblem>> {
  // One that was built without a registry is built again without one.
  const base = wished ?? old?.labels[IMAGE_LABELS.base];
  const labels = {
    [IMAGE_LABELS.version]: recipe.version,
    [IMAGE_LABELS.name]: withTag(image),
    ...(base === undefined ? {} : { [IMAGE_LABELS.base]: base }),
  };
  const built = await buildImage(
    docker,
    { image, dockerfile, base, ownBase: recipe.ownBase, labels },
    onProgress,
    signal,
  );
  if (!built.ok) return built;
  const made = await factsOf(docker, image, signal);
  if (!made.ok) return made;
  if (made.value === null)
    return err({
      kind: 'build',
      message: `The container engine built the image ${image} and does not have it.`,
    });
  // The one before has no name any more. Where a container still uses it, it stays.
  if (old !== null && old.id !== made.value.id)
    await ask('remove an image', { signal }, (abortSignal) =>
      docker.getImage(old.id).remove({ abortSignal }),
    );
  return ok(made.value);
}
