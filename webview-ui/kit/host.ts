/** The editor behind the webview, reached by messages only. */
interface Editor {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): Editor;

export interface Host<Out> {
  send(message: Out): void;
  /** What this tab remembers, also when it was hidden or the window was loaded again. */
  readonly state: unknown;
  remember(state: unknown): void;
  /** Also the one that stands in the page, at once. */
  onMessage(listener: (message: unknown) => void): void;
  /** The tab is shown again: while it was hidden nothing was sent to it. */
  onShown(listener: () => void): void;
}

/** Once in each page: the editor hands its interface out a single time. */
export function connectHost<Out>(): Host<Out> {
  const editor = acquireVsCodeApi();
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's channel has none
    send: (message) => editor.postMessage(message),
    get state() {
      return editor.getState();
    },
    remember: (state) => editor.setState(state),
    onMessage: (listener) => {
      window.addEventListener('message', (event: MessageEvent<unknown>) => listener(event.data));
      const first = firstMessage();
      if (first !== undefined) listener(first);
    },
    onShown: (listener) =>
      document.addEventListener('visibilitychange', () => {
        if (document.visibilityState === 'visible') listener();
      }),
  };
}

/** A tab that was hidden is made of the same page again: by then its message is old, and the editor is asked. */
const FIRST_IS_NEW_MS = 3000;

function firstMessage(): unknown {
  const text = document.querySelector('#first')?.textContent;
  if (!text) return undefined;
  const { at, message } = JSON.parse(text) as { readonly at: number; readonly message: unknown };
  return Date.now() - at < FIRST_IS_NEW_MS ? message : undefined;
}
