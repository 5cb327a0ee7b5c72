/** Apps whose built-in browser loses its storage, has no offline pages or cannot be found again. */
const IN_APP =
  /\bLine\/|FBAN|FBAV|Instagram|Twitter|YJApp|YahooMobile|MicroMessenger|KAKAOTALK|GSA\/|; wv\)/i;

export function isInAppBrowser(userAgent: string = navigator.userAgent): boolean {
  return IN_APP.test(userAgent);
}

/** LINE opens the phone's own browser for an address with this mark; for others the address is copied by hand. */
export function realBrowserAddress(
  address: string,
  userAgent: string = navigator.userAgent,
): string | null {
  if (!/\bLine\//i.test(userAgent)) return null;
  const url = new URL(address);
  url.searchParams.set("openExternalBrowser", "1");
  return url.toString();
}

/** A private tab keeps nothing when it closes. Browsers hide it; a very small storage, or none, gives it away. */
export async function isPrivateTab(): Promise<boolean> {
  if (!navigator.serviceWorker && isSecureContext) return true;
  const quota = (await navigator.storage?.estimate?.())?.quota;
  return quota !== undefined && quota < 150 * 1024 * 1024;
}
