/** Waiting for what a client or the proxy does by itself. */

/** Does something as soon as something is so; looks twice a second. What cannot be looked at yet is not so. */
export function when(isSo: () => boolean, act: () => void): void {
  const look = setInterval(() => {
    try {
      if (!isSo()) return;
    } catch {
      return;
    }
    clearInterval(look);
    act();
  }, 500);
}

/** Waits until something is so; looks every 5 ms. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
