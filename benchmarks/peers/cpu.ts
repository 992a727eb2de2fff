import { readFileSync } from 'node:fs';

/**
 * µs of CPU that this process's main thread has used. Not the time that passed: on a busy machine that
 * is mostly other programs'. Node tells it from 22.19 and 24 on; before, Linux does, to the
 * nanosecond, where the main thread has the number of the process. Elsewhere it is the time that
 * passed, and the machine has to be idle.
 */
export const mainThreadCpu: () => number = choose();

function choose(): () => number {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage };
  if (threadCpuUsage !== undefined) {
    return () => {
      const { user, system } = threadCpuUsage();
      return user + system;
    };
  }
  if (process.platform === 'linux') {
    const file = `/proc/self/task/${process.pid}/schedstat`;
    return () => Number(readFileSync(file, 'latin1').split(' ', 1)[0]) / 1_000;
  }
  return () => performance.now() * 1_000;
}

/** µs of CPU that all threads of this process have used. */
export function processCpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
