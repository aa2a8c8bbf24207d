import { err, type Err } from '../base/result.ts';
import type { LoopError } from './loop-service.ts';

export const fail = (kind: LoopError['kind'], message: string): Err<LoopError> => err({ kind, message });
