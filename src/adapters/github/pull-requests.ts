import { Octokit } from '@octokit/core';
import * as z from 'zod/mini';
import { err, ok, type Result } from '../../base/result.ts';
import type {
  NewPullRequest,
  PullRequest,
  PullRequestError,
  PullRequests,
} from '../../ports/pull-requests.ts';

const DEADLINE_MS = 30_000;
const LONGEST_REASON = 300;

const pullSchema = z.object({
  number: z.int(),
  html_url: z.url(),
  base: z.object({ ref: z.string() }),
});
const failureSchema = z.object({
  status: z.number(),
  message: z.string(),
  response: z.optional(
    z.object({
      data: z.object({
        message: z.optional(z.string()),
        errors: z.optional(z.array(z.union([z.string(), z.object({ message: z.optional(z.string()) })]))),
      }),
    }),
  ),
});

/** Pull requests by the REST API of a GitHub server. */
export const createPullRequests = (userAgent: string): PullRequests => ({
  create: async (request, token, signal) => {
    const gitHub = new Octokit({
      auth: token,
      baseUrl: request.repository.api,
      userAgent,
      // What it warns of is for who writes programs, and its log would go to the console.
      log: { debug: silent, info: silent, warn: silent, error: silent },
      request: { signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]), redirect: 'error' },
    });
    try {
      const base = request.base ?? (await defaultBranch(gitHub, request));
      return await open(gitHub, { ...request, base });
    } catch (error) {
      return err(failureOf(error, request));
    }
  },
});

const silent = (): void => undefined;

interface Based extends NewPullRequest {
  readonly base: string;
}

async function defaultBranch(gitHub: Octokit, { repository }: NewPullRequest): Promise<string> {
  const { owner, name: repo } = repository;
  const { data } = await gitHub.request('GET /repos/{owner}/{repo}', { owner, repo });
  return data.default_branch;
}

async function open(gitHub: Octokit, request: Based): Promise<Result<PullRequest, PullRequestError>> {
  const { repository, head, base, title, body, draft } = request;
  const { owner, name: repo } = repository;
  try {
    const created = await gitHub.request('POST /repos/{owner}/{repo}/pulls', {
      owner,
      repo,
      head,
      base,
      title,
      body,
      draft,
    });
    return read(created.data, request, false);
  } catch (error) {
    // Answered to a second one for the same branch, and to wrong branches too.
    if (statusOf(error) !== 422) throw error;
    const listed = await gitHub.request('GET /repos/{owner}/{repo}/pulls', {
      owner,
      repo,
      head: `${owner}:${head}`,
      base,
      state: 'open',
      per_page: 1,
    });
    const [there] = listed.data;
    if (there === undefined) throw error;
    return read(there, request, true);
  }
}

function read(
  data: unknown,
  { repository }: NewPullRequest,
  existed: boolean,
): Result<PullRequest, PullRequestError> {
  const parsed = pullSchema.safeParse(data);
  // The page is opened in the person's browser, so it has to be where they signed in.
  if (!parsed.success || new URL(parsed.data.html_url).origin !== repository.server) {
    return err({
      kind: 'refused',
      message: `${repository.server} answered with no pull request of its own.`,
    });
  }
  const { number, html_url: url, base } = parsed.data;
  return ok({ number, url, base: base.ref, existed });
}

const statusOf = (error: unknown): number | null => {
  const parsed = failureSchema.safeParse(error);
  return parsed.success ? parsed.data.status : null;
};

function failureOf(error: unknown, { repository }: NewPullRequest): PullRequestError {
  const { server, owner, name } = repository;
  const parsed = failureSchema.safeParse(error);
  // The library gives 500 to what never was an answer.
  if (!parsed.success || parsed.data.response === undefined) {
    return { kind: 'unreachable', message: `${server} could not be reached: ${wordsOf(error)}.` };
  }
  const { status, response } = parsed.data;
  const reason = reasonOf(response.data) ?? phrase(parsed.data.message);
  if (status === 401) return { kind: 'sign-in', message: `${server} did not take the sign-in: ${reason}.` };
  if (status === 403 || status === 404) {
    const what = status === 404 ? 'shows' : 'allows';
    return {
      kind: 'not-found',
      message: `${server} ${what} this sign-in no pull request at ${owner}/${name}: ${reason}.`,
    };
  }
  return { kind: 'refused', message: `${server} refused the pull request: ${reason}.` };
}

const wordsOf = (error: unknown): string => (error instanceof Error ? phrase(error.message) : 'no answer');

/** What a server says, as a part of one sentence. */
const phrase = (text: string): string =>
  text
    .replaceAll(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, LONGEST_REASON)
    .replace(/\.$/, '');

function reasonOf(data: {
  readonly message?: string | undefined;
  readonly errors?: readonly (string | { readonly message?: string | undefined })[] | undefined;
}): string | null {
  const details = (data.errors ?? []).map((one) => (typeof one === 'string' ? one : one.message));
  const words = [...details, data.message].find((text) => text !== undefined && text !== '');
  return words === undefined ? null : phrase(words);
}
