/** Hands a file to the browser to be kept. */
export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold on the bytes by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Asks for a file and hands it over under the name the server gives it. */
export async function saveAnswer(
  otherwise: string,
  call: () => Promise<{ data?: unknown; error?: unknown; response: Response }>,
): Promise<{ data?: Blob; error?: unknown; response: Response }> {
  const { data, error, response } = await call();
  if (response.ok && data) {
    const named = response.headers.get("content-disposition") ?? "";
    save(data as Blob, /filename="([^"]+)"/.exec(named)?.[1] ?? otherwise);
  }
  return { data: data as Blob, error, response };
}
