/** `node --import`: where no editor runs, what its front says is still put into words. */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: new URL('vscode.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});
