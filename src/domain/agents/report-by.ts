/** The ways in which an agent can give its result; the first that holds a valid one counts, in this order. */
export const REPORT_CHANNELS = ['mcp', 'command', 'file', 'message'] as const;
export type ReportChannel = (typeof REPORT_CHANNELS)[number];

/** What prompts may ask for. `auto`: the final message or the file, whichever the agent takes. */
export const REPORT_WAYS = ['auto', ...REPORT_CHANNELS] as const;
export type ReportWay = (typeof REPORT_WAYS)[number];
