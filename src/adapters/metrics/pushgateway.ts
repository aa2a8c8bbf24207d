import { err, ok, type Result } from '../../base/result.ts';

export interface PushRequest {
  /** Of a Pushgateway, such as `http://127.0.0.1:9091`; a path in it is kept. */
  readonly url: string;
  readonly job: string;
  readonly body: string;
  readonly deadlineMs: number;
}

/** Posts metrics to a Pushgateway: a Prometheus server itself takes no pushes. */
export async function pushMetrics(request: PushRequest): Promise<Result<void, string>> {
  const base = URL.canParse(request.url) ? new URL(request.url) : null;
  if (base === null || !/^https?:$/.test(base.protocol)) {
    return err('the URL of the Pushgateway takes http://HOST:PORT');
  }
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/metrics/job/${encodeURIComponent(request.job)}`;
  const { username, password } = base;
  base.username = '';
  base.password = '';
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  );
  try {
    const response = await fetch(base, {
      method: 'POST',
      body: request.body,
      redirect: 'error',
      headers: {
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        ...(username === '' ? {} : { authorization: `Basic ${login}` }),
      },
      signal: AbortSignal.timeout(request.deadlineMs),
    });
    const text = (await response.text()).slice(0, 200).trim();
    return response.ok ? ok(undefined) : err(`the Pushgateway answered ${response.status}: ${text}`);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    return err(`${error instanceof Error ? error.message : String(error)}${cause}`);
  }
}
