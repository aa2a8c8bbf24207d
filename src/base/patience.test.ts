import { describe, expect, it } from 'vitest';
import { patiently, patientlySync } from './patience.ts';

/** Fails so many times with this code before it works. */
function flaky(times: number, code = 'EPERM') {
  let calls = 0;
  return {
    act: () => {
      calls += 1;
      if (calls <= times) throw Object.assign(new Error(code), { code });
      return 'done';
    },
    calls: () => calls,
  };
}

async function both(platform: string, make: () => ReturnType<typeof flaky>) {
  const outcomes: unknown[] = [];
  for (const way of ['async', 'sync']) {
    const { act, calls } = make();
    const pauses: number[] = [];
    let value: string;
    try {
      value =
        way === 'sync'
          ? patientlySync(act, platform, (ms) => void pauses.push(ms))
          : await patiently(
              () => Promise.resolve().then(act),
              platform,
              (ms) => Promise.resolve(void pauses.push(ms)),
            );
    } catch (error) {
      value = String(error);
    }
    outcomes.push({ value, calls: calls(), waited: pauses.length });
  }
  expect(outcomes[0]).toEqual(outcomes[1]);
  return outcomes[0];
}

describe('patience with files', () => {
  it('tries again on Windows while somebody holds the file, and gives up in the end', async () => {
    expect(await both('win32', () => flaky(3, 'EBUSY'))).toEqual({ value: 'done', calls: 4, waited: 3 });
    expect(await both('win32', () => flaky(99))).toMatchObject({
      value: 'Error: EPERM',
      calls: 10,
      waited: 9,
    });
  });

  it('does not with other errors, nor elsewhere', async () => {
    expect(await both('win32', () => flaky(1, 'ENOSPC'))).toMatchObject({ calls: 1, waited: 0 });
    expect(await both('linux', () => flaky(1))).toMatchObject({ value: 'Error: EPERM', calls: 1 });
  });

  it('really pauses', () => {
    const { act } = flaky(1);
    const start = performance.now();
    expect(patientlySync(act, 'win32')).toBe('done');
    expect(performance.now() - start).toBeGreaterThan(5);
  });
});
