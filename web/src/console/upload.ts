import type { Problem } from "../api/client";
import type { components } from "../api/schema";

type Accepted = components["schemas"]["Accepted"];

export interface Upload {
  kind: components["schemas"]["Kind"];
  file: File;
  mapping: object;
}

/** Sends a file as it is; `onProgress` hears the share sent (0–1). `fetch` cannot tell how far an upload is. */
export function upload(
  { kind, file, mapping }: Upload,
  onProgress: (share: number) => void,
): Promise<{ data?: Accepted; error?: Problem; response: Response }> {
  return new Promise((resolve, reject) => {
    const query = new URLSearchParams({
      kind,
      file_name: file.name,
      mapping: JSON.stringify(mapping),
    });
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/imports?${query}`);
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
