/** CFN: Build Agent Image: what agents in containers run in, built with progress and tried. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { err, type Result } from '../../base/result.ts';
import { DEFAULT_IMAGE, isImageName } from '../../domain/containers/agent-image.ts';
import type { ImageProblem, ReadyImage } from '../../ports/container-images.ts';
import { withSignal } from '../bring-home/with-signal.ts';
import type { Command, Front } from '../front.ts';

export const buildImage: Command = async (front) => {
  let base: string | undefined;
  for (;;) {
    const built = await build(front, base);
    if (built.ok) return tell(front, built.value);
    if (built.error.kind === 'cancelled') return;
    if (built.error.kind !== 'base')
      return front.messages.failed({ kind: 'state', message: built.error.message });
    // Where no registry can be reached there may be a base that was made here.
    if (!(await front.messages.offer(built.error.message, l10n.t('Use Another Base…')))) return;
    base = await askForBase();
    if (base === undefined) return;
  }
};

function build(front: Front, base: string | undefined): Promise<Result<ReadyImage, ImageProblem>> {
  return withSignal(l10n.t('Building the image {0} …', DEFAULT_IMAGE), async (signal, say) => {
    const core = await front.loops.core();
    const images = await core.images(signal);
    if (!images.ok) return err({ kind: 'unreachable', message: images.error });
    const onProgress = (line: string) => {
      front.channel.info(line);
      say(line);
    };
    return images.value.ensureImage({ image: DEFAULT_IMAGE, base, build: 'always' }, onProgress, signal);
  });
}

function tell(front: Front, { image, node, lacks }: ReadyImage): void {
  const version = node.slice(1);
  front.messages.note(
    lacks.length === 0
      ? l10n.t('{0} was built, and agents can work in it (Node {1}).', image, version)
      : l10n.t(
          '{0} was built, and agents can work in it (Node {1}). It lacks {2}, which scripts may call.',
          image,
          version,
          lacks.join(', '),
        ),
  );
}

function askForBase(): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: l10n.t('Base of the Agent Image'),
    prompt: l10n.t('An image with Node 22 or newer that the container engine has, or can fetch'),
    value: 'cfn-base:local',
    ignoreFocusOut: true,
    validateInput: (name) =>
      isImageName(name) ? null : l10n.t('The name of an image, such as cfn-base:local'),
  });
}
