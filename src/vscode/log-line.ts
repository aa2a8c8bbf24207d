import type { LogRecord } from '../base/structured-logger.ts';

/** The message for people, then the whole record, so that the channel can be read by machines like the file. */
export const formatChannelLine = (record: LogRecord): string => `${record.message} ${JSON.stringify(record)}`;
