/** What the core asks of the editor's settings as a loop service opens: no command has to be loaded for that. */
export { readRedis } from './redis-settings.ts';
export { readRetention } from './settings.ts';
