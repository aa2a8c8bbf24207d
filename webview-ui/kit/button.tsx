import type { Ref } from 'preact';
import { Icon, type IconName } from './icon.tsx';

interface ButtonProps {
  readonly label: string;
  /** How tests and shortcuts find it. */
  readonly name: string;
  readonly icon?: IconName;
  /** Only for what ends a wait: see the look's rule on the accent. */
  readonly primary?: boolean;
  /** The icon alone; the label is then its name for those who do not see it. */
  readonly bare?: boolean;
  /** In a narrow column the icon stands alone. */
  readonly shrinks?: boolean;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  /** Says more than the label: what it does, and what it does not. */
  readonly hint?: string;
  readonly tabIndex?: number;
  readonly buttonRef?: Ref<HTMLButtonElement>;
  readonly onClick: () => void;
}

export function Button(props: ButtonProps) {
  const { label, name, icon, bare, hint, onClick } = props;
  return (
    <button
      type="button"
      class={classes(props)}
      ref={props.buttonRef ?? null}
      data-key={name}
      disabled={props.disabled}
      tabIndex={props.tabIndex}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      aria-haspopup={props.expanded === undefined ? undefined : 'menu'}
      aria-label={bare || props.shrinks ? label : undefined}
      title={hint ?? (bare ? label : undefined)}
      onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {!bare && <span class="word">{label}</span>}
    </button>
  );
}

function classes({ bare, primary, shrinks }: ButtonProps): string {
  if (bare) return 'tool';
  return `vscode-button${primary ? '' : ' secondary'}${shrinks ? ' shrinks' : ''}`;
}
