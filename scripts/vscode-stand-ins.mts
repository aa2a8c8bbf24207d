/** Stand-ins, in CommonJS, for native modules of the VS Code server. */
export const STAND_INS: Readonly<Record<string, string>> = {
  // Without it every output channel stays empty. Levels: 0 trace … 4 error, 6 off.
  spdlog: `'use strict';
const fs = require('node:fs');
const path = require('node:path');
const NAMES = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];
exports.setFlushOn = () => {};
exports.createAsyncRotatingLogger = async (name, file) => {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let level = 2;
  let raw = false;
  const write = (at, message) => {
    if (at < level) return;
    const text = raw ? message : new Date().toISOString().replace('T', ' ').slice(0, 23) + ' [' + NAMES[at] + '] ' + message + '\\n';
    try { fs.appendFileSync(file, text); } catch {}
  };
  return {
    trace: (m) => write(0, m), debug: (m) => write(1, m), info: (m) => write(2, m),
    warn: (m) => write(3, m), error: (m) => write(4, m), critical: (m) => write(5, m),
    setLevel: (value) => { level = value; }, getLevel: () => level,
    setPattern: () => {}, clearFormatters: () => { raw = true; },
    flush: () => {}, drop: () => {},
  };
};
exports.createRotatingLogger = exports.createAsyncRotatingLogger;
`,
  'native-watchdog': `'use strict';
exports.start = () => {};
`,
  deviceid: `'use strict';
exports.getDeviceId = async () => '00000000-0000-4000-8000-000000000000';
`,
};
