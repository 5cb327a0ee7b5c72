import type { Problem } from "../api/client";
import type { components } from "../api/schema";

type Accepted = components["schemas"]["Accepted"];

export interface Upload {
  kind: components["schemas"]["Kind"];
  file: File;
  mapping: object;
  /** The name of the way of reading, if it has one. */
  profile?: string;
}

type Seen = components["schemas"]["Headings"];
type Sent<T> = Promise<{ data?: T; error?: Problem; response: Response }>;

/** Brings a file; `onProgress` hears the share sent (0–1). */
export function upload(
  { kind, file, mapping, profile = "" }: Upload,
  onProgress: (share: number) => void,
): Sent<Accepted> {
  const query = { kind, profile, file_name: file.name, mapping: JSON.stringify(mapping) };
  return send(`/api/v1/imports?${new URLSearchParams(query)}`, file, onProgress);
}

/** Asks which columns a file has; nothing is kept of it. */
export function headingsOf(
  kind: Upload["kind"],
  file: File,
  onProgress: (share: number) => void,
): Sent<Seen> {
  return send(`/api/v1/imports/headings?${new URLSearchParams({ kind })}`, file, onProgress);
}

/** Sends a file as it is. `fetch` cannot tell how far an upload is. */
function send<T>(path: string, file: File, onProgress: (share: number) => void): Sent<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onerror = () => reject(new Error("the upload was cut off"));
    request.onload = () => {
      const response = new Response(null, { status: request.status });
      try {
        const body = JSON.parse(request.responseText);
        resolve(response.ok ? { data: body, response } : { error: body, response });
      } catch {
        resolve({ response });
      }
    };
    request.send(file);
  });
}
