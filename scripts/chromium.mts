import { access, constants } from 'node:fs/promises';
import { installPackages, mayInstallPackages } from './packages.mts';

const PLACES: Readonly<Record<string, readonly string[]>> = {
  linux: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
};

const HOW =
  'No Chromium was found. Install it (Debian: apt-get install chromium) or set CHROMIUM to the path of Chrome, Chromium or Edge.';

async function find(): Promise<string | null> {
  const wanted = process.env['CHROMIUM'];
  for (const place of wanted ? [wanted] : (PLACES[process.platform] ?? [])) {
    const usable = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return place;
  }
  return null;
}

/** The browser that drives the workbench, installed first where that is possible. */
export async function findChromium(): Promise<{ path: string } | { missing: string }> {
  const found = await find();
  if (found) return { path: found };
  if (!(await mayInstallPackages())) return { missing: HOW };
  console.log('Installing Chromium (apt-get) …');
  const failure = await installPackages(['chromium', 'fonts-noto-core']);
  const installed = await find();
  return installed ? { path: installed } : { missing: `${HOW} ${failure ?? ''}`.trim() };
}
