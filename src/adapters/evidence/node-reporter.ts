/**
 * A reporter for `node --test`, written beside the report and loaded by `--test-reporter`: one JSON object a
 * line for each finished test. The built-in JUnit reporter names no file, so its checks could not be told apart.
 */
export const NODE_REPORTER = `
export default async function* report(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:start' && type !== 'test:pass' && type !== 'test:fail') continue;
    const error = data.details?.error;
    yield JSON.stringify({
      type,
      nesting: data.nesting,
      name: data.name,
      file: data.file ?? null,
      skip: data.skip !== undefined && data.skip !== false,
      todo: data.todo !== undefined && data.todo !== false,
      suite: data.details?.type === 'suite',
      failure: error?.failureType ?? null,
      message: error ? String(error.cause?.message ?? error.cause ?? error.message) : null,
    }) + '\\n';
  }
}
`;
