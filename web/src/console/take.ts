import type { Answer, Told } from "./ask";
import { save } from "./save";

/** Asks for a file and hands it to the browser under the name that the server gives it. */
export async function take(
  run: (call: () => Promise<Answer<Blob>>) => Promise<Told<Blob> | null>,
  call: () => Promise<{ data?: unknown; error?: unknown; response: Response }>,
  usual: string,
): Promise<boolean> {
  let name = usual;
  const told = await run(async () => {
    const { data, error, response } = await call();
    name =
      /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? name;
    return { data: data as Blob, error, response };
  });
  if (told?.ok) save(told.data, name);
  return told?.ok ?? false;
}
