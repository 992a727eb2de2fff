import { createReporter } from '../../lib/report.ts';
import { read, isObject } from '../../lib/safe-read.ts';
import type { TargetConfig } from '../../options/config.ts';
import type { LogMethod } from './hooks.ts';

/** The first version that has the hook `streamWrite`. */
const FIRST = [9, 6] as const;

/** Warns once, at the first line, if this pino does not hand over its lines in a bundle. */
export function tellTooOld(logMethod: LogMethod, config: TargetConfig): LogMethod {
  let isKnown = false;
  return function (args, method, level) {
    if (!isKnown) {
      isKnown = true;
      const version = isObject(this) ? read(this, 'version') : undefined;
      if (typeof version === 'string' && isTooOld(version)) {
        createReporter(config).warn(
          `pino ${version} hands over no lines in a bundle: nothing that it logs arrives; take pino 9.6 ` +
            `or later, or leave it out of the bundle`,
        );
      }
    }
    logMethod.call(this, args, method, level);
  };
}

function isTooOld(version: string): boolean {
  const [major = NaN, minor = NaN] = version.split('.').map(Number);
  return major < FIRST[0] || (major === FIRST[0] && minor < FIRST[1]);
}
