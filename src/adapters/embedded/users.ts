import { createHash, timingSafeEqual } from 'node:crypto';
import { isKeyOfTask, taskOfUser } from '../../protocol/keys.ts';

export type User = { readonly kind: 'admin' } | { readonly kind: 'task'; readonly taskId: string };

export const ADMIN_USER = 'default';

export interface UsersOptions {
  readonly adminPassword: string;
  /** Password by task id. */
  readonly tasks: ReadonlyMap<string, string>;
  readonly newPassword: () => string;
  /** Told after each change, so that credentials survive a restart. */
  readonly onChange: (tasks: ReadonlyMap<string, string>) => void;
}

/** Who may log in: the orchestrator as `default`, and each task under its own name. */
export class Users {
  private readonly options: UsersOptions;
  private readonly tasks: Map<string, string>;

  constructor(options: UsersOptions) {
    this.options = options;
    this.tasks = new Map(options.tasks);
  }

  authenticate(name: string, password: string): User | null {
    const taskId = taskOfUser(name);
    const expected = name === ADMIN_USER ? this.options.adminPassword : this.tasks.get(taskId ?? '');
    // An unknown name costs the same comparison as a known one.
    const matches = equal(password, expected ?? '');
    if (!matches || expected === undefined) return null;
    return taskId === null ? { kind: 'admin' } : { kind: 'task', taskId };
  }

  /** The task's password, the same one until it is revoked. */
  grant(taskId: string): string {
    const existing = this.tasks.get(taskId);
    const password = existing ?? this.options.newPassword();
    // Renewed ones go to the end, so that the oldest can be dropped first.
    this.tasks.delete(taskId);
    this.tasks.set(taskId, password);
    if (existing === undefined) this.options.onChange(this.tasks);
    return password;
  }

  revoke(taskId: string): boolean {
    const known = this.tasks.delete(taskId);
    if (known) this.options.onChange(this.tasks);
    return known;
  }
}

function equal(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'latin1').digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** Keys and channels follow the same rule. */
export function mayReach(user: User, name: string): boolean {
  return user.kind === 'admin' || isKeyOfTask(user, name);
}

export function nameOf(user: User): string {
  return user.kind === 'admin' ? ADMIN_USER : `task-${user.taskId}`;
}
