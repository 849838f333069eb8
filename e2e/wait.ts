/** Waiting for what the proxy does by itself. */

/** Waits until something is so; looks every 5 ms. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
