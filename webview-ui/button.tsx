import { Icon, type IconName } from './icon.tsx';

interface ButtonProps {
  readonly label: string;
  readonly icon?: IconName;
  readonly primary?: boolean;
  /** The icon alone; the label is then its name for those who do not see it. */
  readonly bare?: boolean;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
  /** How tests find it. */
  readonly name: string;
  readonly onClick: () => void;
}

export function Button({ label, icon, primary, bare, disabled, pressed, name, onClick }: ButtonProps) {
  const named = bare ? { title: label, 'aria-label': label } : {};
  return (
    <button
      type="button"
      class={bare ? 'bare' : primary ? 'primary' : 'secondary'}
      data-key={name}
      disabled={disabled}
      aria-pressed={pressed}
      onClick={onClick}
      {...named}
    >
      {icon && <Icon name={icon} />}
      {!bare && <span>{label}</span>}
    </button>
  );
}
