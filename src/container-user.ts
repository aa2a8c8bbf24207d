/** Files that agents make belong to whoever runs the loop; root's agents are somebody else. */
const OF_ROOT = '1000:1000';
export const containerUser = (): string =>
  process.getuid === undefined || process.getgid === undefined || process.getuid() === 0
    ? OF_ROOT
    : `${process.getuid()}:${process.getgid()}`;
