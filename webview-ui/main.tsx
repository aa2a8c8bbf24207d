/** One program for all webviews; the page that the editor made says which surface it is. */
// oxlint-disable-next-line import/no-unassigned-import -- imported to be run, before what makes texts as it is loaded
import './kit/texts.ts';
import { showKeysView } from './keys/app.tsx';
import { showLoopPanel } from './loop/app.tsx';

type Surface = (root: HTMLElement) => void;

const SURFACES: Readonly<Record<string, Surface>> = {
  keys: showKeysView,
  loop: showLoopPanel,
};

const root = document.querySelector<HTMLElement>('#root');
const surface = root?.dataset['surface'];
const show = surface === undefined ? undefined : SURFACES[surface];
if (root && show) {
  // A heading that stands there already was seen by now.
  root.replaceChildren();
  show(root);
}
