const pauseMs = 1_000;

/**
 * Loads a part of the page, and again every second until it comes: a server that restarts while a dialog's script is on its way must
 * not take the page away that waits for it. (A part that fails to load is thrown where it is shown, and nothing above catches it.)
 */
export async function again<T>(load: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((go) => setTimeout(go, pauseMs));
    }
  }
}
