/** Which addresses out of a model's text the page may lead to, or show. */

/** The address of a link, if it is one that a person may follow. */
export function safeLink(address: string, origin: string): string | undefined {
  try {
    const url = new URL(address, origin);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** The address of a picture that this page may show: our own, or one that is in the text itself. */
export function safePicture(address: string, origin: string): string | undefined {
  if (/^data:image\/(png|jpeg|webp|gif);base64,/.test(address)) return address;
  const link = safeLink(address, origin);
  return link && new URL(link).origin === origin ? link : undefined;
}
