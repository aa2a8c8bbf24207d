/** One program for all webviews; the page that the editor made says which surface it is. */
import { showKeysView } from './keys/app.tsx';
import { showLoopPanel } from './loop/app.tsx';

type Surface = (root: HTMLElement) => void;

const SURFACES: Readonly<Record<string, Surface>> = {
  keys: showKeysView,
  loop: showLoopPanel,
};

const root = document.querySelector<HTMLElement>('#root');
const surface = root?.dataset['surface'];
if (root && surface) SURFACES[surface]?.(root);
