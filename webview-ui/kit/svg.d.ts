/** What the build makes of an icon's file. */
declare module '*.svg' {
  const icon: readonly [viewBox: string, outline: string];
  export default icon;
}
