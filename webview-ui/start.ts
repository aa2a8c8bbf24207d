/**
 * Runs the program that stands in the page as a text, once a heading that stands there is seen: reading the program
 * takes a good part of the time that a tab takes to open.
 */
import { afterPicture } from './kit/after-picture.ts';

const own = document.currentScript;
const program = document.querySelector('#program');

function start(): void {
  const script = document.createElement('script');
  script.type = 'module';
  script.nonce = own?.nonce ?? '';
  script.textContent = program?.textContent ?? '';
  document.head.append(script);
}

if (document.querySelector('#root')?.childElementCount === 0) start();
else afterPicture(start);
