import { continueWith } from './bootstrap.mjs';

continueWith('start.mts');
