/** Waits that long; a signal that would end this process ends the pause in its place. */
export function pauseUntilSignal(ms: number): Promise<'over' | 'stopped'> {
  return new Promise((resolve) => {
    const end = (how: 'over' | 'stopped') => () => {
      clearTimeout(timer);
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve(how);
    };
    const stop = end('stopped');
    const timer = setTimeout(end('over'), ms);
    process.on('SIGINT', stop).on('SIGTERM', stop);
  });
}
