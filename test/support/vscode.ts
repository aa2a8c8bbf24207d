/** What unit tests see of the editor: its untranslated texts. */
export const l10n = {
  t: (message: string, ...args: readonly (string | number | boolean)[]): string =>
    message.replaceAll(/\{(\d+)\}/g, (mark, index: string) => String(args[Number(index)] ?? mark)),
};
