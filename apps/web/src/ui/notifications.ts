const storageKey = 'reeve.notifications';
export const notificationsOn = (): boolean =>
  typeof Notification !== 'undefined' && Notification.permission === 'granted' && localStorage.getItem(storageKey) === 'on';
/** Asks the browser where it has not been asked; answers whether they are on now. */
export async function setNotifications(on: boolean): Promise<boolean> {
  const allowed = on && typeof Notification !== 'undefined' && (await Notification.requestPermission()) === 'granted';
  localStorage.setItem(storageKey, allowed ? 'on' : 'off');
  return allowed;
}
