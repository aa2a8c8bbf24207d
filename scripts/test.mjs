import { continueWith } from './bootstrap.mjs';

continueWith('test.mts');
