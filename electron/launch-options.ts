/**
 * `--controller=URL`: the controller of this run, as the command line's option of that name; anything else on the command
 * line is Electron's.
 */
export function controllerOption(commandLine: readonly string[]): string | undefined {
  const prefix = '--controller=';
  return commandLine.find((argument) => argument.startsWith(prefix))?.slice(prefix.length) || undefined;
}
