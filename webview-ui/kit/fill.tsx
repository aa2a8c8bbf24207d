import { Fragment, type ComponentChildren } from 'preact';

/** Elements in the places of a text: `{0}`, `{1}`. `l10n.t` leaves the places where it is given nothing for them. */
export const fill = (text: string, ...parts: readonly ComponentChildren[]): ComponentChildren =>
  text
    .split(/\{(\d+)\}/)
    .map((piece, index) =>
      index % 2 === 0 ? piece : <Fragment key={index}>{parts[Number(piece)]}</Fragment>,
    );
